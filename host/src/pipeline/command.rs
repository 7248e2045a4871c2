//! Command → decided → done → answered.
//!
//! Nothing of the payload is believed: the comment, who wrote it, what they may
//! do and what it stands under are asked of the forge. What is done shares its
//! transaction with the record of the decision, so a repeated or interrupted
//! command acts once; the answer is looked for before it is given.

mod scene;

use serde_json::json;

use super::people::{self, Wish};
use super::publish::foresee;
use super::repair::finish;
use super::{HOUR_MS, Pipeline, StageError};
use crate::change::talk::{CommentSeen, Permission, Reply};
use crate::change::text::answer::Answer;
use crate::change::text::quote::code;
use crate::decision::{
    CommandFacts, Decision, Patches, Question, Reason, Standing, Verdict, decide,
};
use crate::event::command::{self as words, Order};
use crate::event::{CommandIssued, Said};
use crate::forge::Forge;
use crate::ids::TaskId;
use crate::ledger::Kind;
use crate::store::command::Deciding;
use crate::store::{Claimed, Stage, StoreError, Tx, command};
use scene::{Chosen, Scene};

/// Milliseconds that tries of one branch are counted over.
const DAY_MS: i64 = 24 * HOUR_MS;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let key = work.subject.clone();
    let known = pipeline
        .store
        .read(move |connection| {
            let issued = command::issued(connection, &key)?;
            Ok((issued, command::decided(connection, &key)?))
        })
        .await;
    let (issued, decided) = match known {
        Ok(known) => known,
        Err(StoreError::Missing { .. }) => return finish(pipeline, work).await,
        Err(error) => return Err(error.into()),
    };
    let forge = pipeline.forges.get(issued.repository.forge)?;
    let answer = match decided {
        // Cut off before its answer was known to be there.
        Some(decided) => decided.answer,
        None => {
            let heard = hear(pipeline, forge, &issued).await?;
            act(pipeline, &work.subject, &issued, heard).await?
        }
    };
    say(pipeline, forge, work, &issued, answer).await
}

/// A command, and what is to be made of it.
struct Heard {
    author: String,
    order: Option<Order>,
    decision: Decision,
    /// Reasons that the publication would be refused for.
    chosen: Chosen,
    scene: Option<Scene>,
    facts: CommandFacts,
}

/// Asks all that the decision needs. What does not stand, or comes too often,
/// costs no further question.
async fn hear(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    issued: &CommandIssued,
) -> Result<Heard, StageError> {
    let (repository, number) = (&issued.repository, issued.change);
    let (standing, author) = asked_again(forge, issued).await?;
    let mut facts = unasked(pipeline, issued, &author, standing).await?;
    let early = decided(pipeline, &facts);
    let pointless = [
        Reason::CommentChanged,
        Reason::CommandByBot,
        Reason::CommandsRateLimited,
        Reason::UnknownCommand,
    ];
    let pull = match early.reason_codes.iter().any(|r| pointless.contains(r)) {
        true => None,
        false => forge.pull(repository, number).await?,
    };
    let (Some(pull), Some(order)) = (pull, facts.order) else {
        return Ok(heard(pipeline, author, facts, None, Chosen::default()));
    };
    facts.permission = forge.permission(repository, &author).await?;
    let made_by = pull.author.as_deref().unwrap_or_default();
    facts.own_pull = made_by.eq_ignore_ascii_case(&author);
    facts.open = pull.open;
    facts.fork = !pull.here;
    let scene = Scene::of(pipeline, issued, pull).await?;
    let chosen = scene.choose(order, &issued.rest);
    facts.patches = chosen.patches;
    if chosen.lands && facts.permission >= Permission::Write {
        facts.protected_branch = forge.is_protected(repository, &scene.branch).await?;
    }
    let mut heard = heard(pipeline, author, facts, Some(scene), chosen);
    // A person's word does not make a wrong patch right.
    if heard.decision.allows() && matches!(order, Order::Apply | Order::Approve) {
        object(pipeline, forge, &mut heard).await?;
    }
    Ok(heard)
}

/// Whether what was told stands by the forge's word, and whose it is.
async fn asked_again(
    forge: &dyn Forge,
    issued: &CommandIssued,
) -> Result<(Standing, String), StageError> {
    let claimed = issued.claimed_author.clone();
    match &issued.said {
        Said::Comment { comment } => {
            let seen = forge.comment(&issued.repository, issued.change, *comment);
            let seen = seen.await?;
            let standing = standing(issued, seen.as_ref());
            let author = seen.and_then(|seen| seen.author);
            Ok((standing, author.unwrap_or(claimed)))
        }
        // Who pressed it is known by the delivery's signature alone; that the
        // check is ours, and of that commit, by the forge.
        Said::Button { check, commit, .. } => {
            let there = forge.own_check(&issued.repository, *check).await?;
            let standing = match there.as_ref() == Some(commit) {
                true => Standing::Stands,
                false => Standing::Changed,
            };
            Ok((standing, claimed))
        }
    }
}

fn heard(
    pipeline: &Pipeline,
    author: String,
    facts: CommandFacts,
    scene: Option<Scene>,
    chosen: Chosen,
) -> Heard {
    Heard {
        author,
        order: facts.order,
        decision: decided(pipeline, &facts),
        chosen,
        scene,
        facts,
    }
}

fn decided(pipeline: &Pipeline, facts: &CommandFacts) -> Decision {
    let question = Question::Command(facts.clone());
    decide(&pipeline.policy, &question, pipeline.now())
}

/// Takes the decision about the publication, where that would say no.
async fn object(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    heard: &mut Heard,
) -> Result<(), StageError> {
    let Some(task) = heard.chosen.tasks.first() else {
        return Ok(());
    };
    let Some(scene) = &heard.scene else {
        return Ok(());
    };
    let Some(event) = scene.event_of(task) else {
        return Ok(());
    };
    let wish = wish(pipeline, &heard.author);
    let approved = scene::approved(task, &pipeline.policy, &wish);
    let publication = foresee(pipeline, forge, &approved, event).await?;
    if !publication.allows() {
        heard.decision = Decision {
            decision: Verdict::Block,
            ..publication
        };
    }
    Ok(())
}

fn wish(pipeline: &Pipeline, by: &str) -> Wish {
    Wish {
        by: by.to_owned(),
        at: pipeline.now(),
    }
}

/// What the comment and the store say, before anything else is asked.
async fn unasked(
    pipeline: &Pipeline,
    issued: &CommandIssued,
    author: &str,
    standing: Standing,
) -> Result<CommandFacts, StageError> {
    let now = pipeline.now();
    let (of, by) = (issued.clone(), author.to_owned());
    let ((by_person, by_all), retries) = pipeline
        .store
        .read(move |connection| {
            let hour = now.plus_ms(-HOUR_MS);
            let counted = command::count_since(connection, &of.repository, &by, hour)?;
            let retries = command::obeyed_since(connection, &of, now.plus_ms(-DAY_MS))?;
            Ok((counted, retries))
        })
        .await?;
    Ok(CommandFacts {
        order: issued.word.order(),
        comment: standing,
        permission: Permission::None,
        own_pull: false,
        by_person,
        by_all,
        retries,
        open: false,
        fork: false,
        protected_branch: false,
        patches: Patches::None,
    })
}

/// Whether the comment is what was told. The payload is signed by the forge,
/// but between then and now it may have been edited or taken back.
fn standing(issued: &CommandIssued, comment: Option<&CommentSeen>) -> Standing {
    let Some(seen) = comment else {
        return Standing::Changed;
    };
    let author = seen.author.as_deref().unwrap_or_default();
    let same_person = author.eq_ignore_ascii_case(&issued.claimed_author);
    let same_words = words::parse(&seen.body)
        .is_some_and(|(word, rest)| word == issued.word && rest == issued.rest);
    match () {
        () if !seen.by_person => Standing::ByBot,
        () if seen.edited || !same_person || !same_words => Standing::Changed,
        () => Standing::Stands,
    }
}

/// Does it and records it, in one transaction; answers with what is to be said.
async fn act(
    pipeline: &Pipeline,
    key: &str,
    issued: &CommandIssued,
    heard: Heard,
) -> Result<Option<String>, StageError> {
    let wish = wish(pipeline, &heard.author);
    let answer = match &heard.scene {
        Some(scene) if heard.decision.allows() && heard.order == Some(Order::Explain) => {
            Some(scene.story(pipeline).await?)
        }
        _ => None,
    };
    let facts = json!({
        "by": heard.author,
        "change": issued.change,
        "word": issued.word,
        "decision": heard.decision,
        "permission": heard.facts.permission,
        "tasks": heard.chosen.tasks.iter().map(|task| &task.id).collect::<Vec<_>>(),
    });
    let entry = pipeline.entry(Kind::CommandDecided, key, facts);
    let agent = pipeline.agents.patchbot().clone();
    let (key, issued, policy) = (key.to_owned(), issued.clone(), pipeline.policy.clone());
    let acted = pipeline
        .store
        .write(move |tx| {
            let text = match (heard.decision.allows(), answer) {
                (true, Some(story)) => Some(story),
                (true, None) => {
                    let deed = Deed {
                        policy: &policy,
                        agent: &agent,
                        key: &key,
                        wish: &wish,
                    };
                    Some(deed.carry_out(tx, &heard)?)
                }
                (false, _) => no(tx, &issued, &heard)?,
            };
            let text = text.map(|text| introduced(&issued, &heard.author, text));
            let deciding = Deciding {
                key: &key,
                command: &issued,
                author: &heard.author,
                verdict: heard.decision.decision,
                answer: text.as_deref(),
            };
            tx.decide_command(&deciding, entry.at)?;
            tx.record(&entry)?;
            Ok(text)
        })
        .await;
    acted.map_err(|error| match error {
        // A stage took the task a step further meanwhile: look again.
        StoreError::IllegalStep(_) | StoreError::Refused(_) => StageError::Retry {
            why: error.to_string(),
            after: None,
        },
        error => error.into(),
    })
}

/// What is answered to a command that is not obeyed. Programs, edited comments
/// and floods get nothing, and unknown words get help once under a change.
fn no(tx: &Tx<'_>, issued: &CommandIssued, heard: &Heard) -> crate::store::Result<Option<String>> {
    let reasons = &heard.decision.reason_codes;
    let silent = [
        Reason::CommentChanged,
        Reason::CommandByBot,
        Reason::CommandsRateLimited,
    ];
    if reasons.iter().any(|reason| silent.contains(reason)) {
        return Ok(None);
    }
    let Some(order) = heard.order else {
        let told = tx.was_helped(issued)?;
        return Ok((!told).then(|| Answer::Help.compose()));
    };
    let sentences = heard.decision.sentences();
    Ok(Some(
        Answer::Refused {
            order,
            reasons: &sentences,
        }
        .compose(),
    ))
}

/// Nobody sees who pressed a button: the answer says it.
fn introduced(issued: &CommandIssued, author: &str, text: String) -> String {
    match issued.said {
        Said::Comment { .. } => text,
        Said::Button { .. } => {
            format!("{} pressed the check's button. {text}", code(author))
        }
    }
}

/// What a deed is done with.
struct Deed<'a> {
    policy: &'a crate::policy::Policy,
    agent: &'a crate::grant::AgentRef,
    key: &'a str,
    wish: &'a Wish,
}

impl Deed<'_> {
    fn carry_out(&self, tx: &mut Tx<'_>, heard: &Heard) -> crate::store::Result<String> {
        let (Some(order), Some(scene)) = (heard.order, &heard.scene) else {
            return Err(StoreError::Refused("there is nothing to do".into()));
        };
        match order {
            Order::Apply | Order::Approve => self.approve(tx, heard, scene),
            Order::Reject => self.reject(tx, heard),
            Order::Retry => self.retry(tx, heard, scene),
            Order::Stop => {
                people::stop(tx, &scene.repository, &scene.branch, self.wish)?;
                let branch = &scene.branch;
                Ok(Answer::Stopped { branch }.compose())
            }
            // It was told before the transaction.
            Order::Explain => Ok(String::new()),
        }
    }

    fn approve(
        &self,
        tx: &mut Tx<'_>,
        heard: &Heard,
        scene: &Scene,
    ) -> crate::store::Result<String> {
        let Some(task) = heard.chosen.tasks.first() else {
            return Err(StoreError::Refused("no patch waits".into()));
        };
        let tree = task.record.result_tree.as_ref();
        let tree = people::approve(tx, self.policy, &task.id, tree, self.wish)?;
        let answer = match heard.chosen.lands {
            true => Answer::Landing {
                tree: &tree,
                branch: &scene.branch,
            },
            false => Answer::Released { tree: &tree },
        };
        Ok(answer.compose())
    }

    fn reject(&self, tx: &mut Tx<'_>, heard: &Heard) -> crate::store::Result<String> {
        let ids: Vec<TaskId> = heard.chosen.ids();
        for id in &ids {
            people::reject(tx, id, None, self.wish)?;
        }
        Ok(Answer::Rejected { tasks: &ids }.compose())
    }

    fn retry(&self, tx: &mut Tx<'_>, heard: &Heard, scene: &Scene) -> crate::store::Result<String> {
        tx.resume(&scene.repository, &scene.branch)?;
        if let Some(run) = &heard.chosen.unread {
            tx.enqueue_as(
                Stage::Fetch,
                run,
                crate::incident::Urgency::HIGHEST,
                self.wish.at,
            )?;
            return Ok(Answer::Reading.compose());
        }
        let mut again = Vec::new();
        for id in heard.chosen.ids() {
            let agent = Some(self.agent);
            again.push(people::retry(tx, &id, agent, self.key, self.wish)?);
        }
        let branch = &scene.branch;
        Ok(match again.is_empty() {
            true => Answer::Resumed { branch }.compose(),
            false => Answer::Retrying { tasks: &again }.compose(),
        })
    }
}

/// Answers, if there is anything to say, and records that it was said.
async fn say(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    work: &Claimed,
    issued: &CommandIssued,
    answer: Option<String>,
) -> Result<(), StageError> {
    let Some(text) = answer else {
        return finish(pipeline, work).await;
    };
    let reply = Reply {
        repository: issued.repository.clone(),
        change: issued.change,
        to: work.subject.clone(),
        text,
    };
    forge.reply(&reply).await?;
    let facts = json!({ "change": issued.change, "text": reply.text });
    let entry = pipeline.entry(Kind::CommandAnswered, &work.subject, facts);
    let work = work.clone();
    pipeline
        .store
        .write(move |tx| {
            tx.answer_command(&work.subject, entry.at)?;
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
