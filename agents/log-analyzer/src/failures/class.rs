//! Which class the likeliest failure is of, and how sure that is.

use sentinel_sdk::FailureClass;

use super::{Findings, Reading, command, confidence, unexplained};
use crate::learned::Learned;
use crate::model;
use crate::plain::plain;
use crate::rules::CLASSES;
use crate::tool::is_generic;

/// From this strength on a rule's class stands: the model is asked how sure it
/// is, not what else it could be.
const STANDS: u8 = 75;

/// The class of the likeliest failure and how often that is right. What the
/// operator's own rules say is not weighed against anything.
pub(super) fn of(reading: &Reading, findings: &Findings, learned: &Learned) -> (FailureClass, f64) {
    let own = signature(reading, findings).filter(|rule| reading.rules.is_own(*rule));
    if let Some(rule) = own {
        return (reading.rules.rules[rule].class.clone(), confidence::MOST);
    }
    let (class, claimed) = claim(reading, findings, learned);
    (class, learned.calibration.of(claimed).min(confidence::MOST))
}

/// The class of the likeliest failure and the probability that the model
/// claims for it.
pub(crate) fn claim(
    reading: &Reading,
    findings: &Findings,
    learned: &Learned,
) -> (FailureClass, f64) {
    let shares = learned.classes.probabilities(&features(reading, findings));
    let likeliest = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    let signature = signature(reading, findings).map(|rule| &reading.rules.rules[rule]);
    let stands = signature.filter(|rule| {
        let tool = &reading.rules.tools[rule.section][0];
        rule.strength >= STANDS && !is_generic(tool)
    });
    let best = match stands {
        Some(rule) => model::index(&rule.class),
        None => likeliest.unwrap_or(CLASSES.len() - 1),
    };
    (CLASSES[best].1.clone(), shares[best])
}

/// The strongest rule of the likeliest failure that rules found.
fn signature(reading: &Reading, findings: &Findings) -> Option<usize> {
    let found = findings.found.first()?;
    Some(found.group.strongest(reading.rules))
}

/// What the model sees of a log.
pub(crate) fn features(reading: &Reading, findings: &Findings) -> Vec<u16> {
    let mut features = Vec::new();
    let mut add = |feature| features.push(feature);
    for (index, line) in findings.ranked.iter().take(model::LINES).enumerate() {
        let (_, text) = plain(reading.excerpt.text(line.line));
        model::words(b'l', text, &mut add);
        if index == 0 {
            model::words(b't', text, &mut add);
        }
    }
    if let Some(step) = unexplained::failed_step(&reading.steps) {
        for line in step.script.iter().chain(&step.blamed) {
            model::words(b'c', line.as_bytes(), &mut add);
        }
        if let Some((_, class)) = command::known_tool(reading, step) {
            add(model::command_vote(&class));
        }
    }
    for (voice, found) in findings.found.iter().take(2).enumerate() {
        let rule = &reading.rules.rules[found.group.strongest(reading.rules)];
        add(model::vote(&rule.class, rule.strength, voice));
    }
    features.sort_unstable();
    features.dedup();
    features
}
