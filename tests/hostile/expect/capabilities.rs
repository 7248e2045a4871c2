//! Our own interfaces: what is not granted denies, teaches, and is recorded.

use super::plays;
use crate::hostile::Guest;
use crate::hostile::stage::Ending::Trap;
use crate::hostile::stage::Phase::Execute;
use crate::hostile::stage::Stage;

plays! {
    directories_without_a_grant on granting_nothing: says("0");
    directories_without_an_import on default: says("0");
    // Nothing is behind the runner here; what is asked for is not run.
    runs_a_command_of_its_own on default: says("3");
    // The default budget of requests.
    model_asked_without_end on default: says("32");
    messages_that_overflow on default: ends(Trap(Execute, "out of bounds"));
}

/// Which capabilities a report says were denied, and how often.
fn denials(performance: &crate::hostile::stage::Performance) -> Vec<&str> {
    let denials = performance.report.denials.iter();
    denials.map(|denial| denial.capability.as_str()).collect()
}

pub async fn input_without_a_grant(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    performance.says("this repair task's grant does not have the capability `input`");
    assert_eq!(denials(&performance), ["input"]);
}

pub async fn history_without_a_grant(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    performance.says("this repair task's grant does not have the capability `history`");
    assert_eq!(denials(&performance), ["history"]);
}

pub async fn runner_without_a_grant(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    performance.says("this repair task's grant does not have the capability `runner`");
    assert_eq!(denials(&performance), ["runner"]);
}

pub async fn model_without_a_grant(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    performance.says("this repair task's grant does not have the capability `model`");
    assert_eq!(denials(&performance), ["model"]);
}

pub async fn workspace_without_a_grant(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    let remedy = &performance.report.denials[0].remedy;
    assert!(remedy.contains("workspace"), "{remedy}");
    performance.says(remedy);
    assert_eq!(denials(&performance), ["workspace"]);
}

/// Two thousand refusals, each told and a hundred of them kept.
pub async fn denied_in_a_loop(guest: Guest) {
    let performance = Stage::granting_nothing().play(&guest).await;
    performance.says("1");
    assert_eq!(denials(&performance), ["input"; 100]);
}

/// A page of it, however much is asked for.
pub async fn lists_the_whole_tree(guest: Guest) {
    let performance = Stage::with_files(5_000).play(&guest).await;
    performance.says("4096");
}
