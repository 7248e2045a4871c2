//! One function decides; each reason has a question that gives it.

use std::collections::BTreeSet;

use sentinel::change::Form;
use sentinel::decision::{
    Approval, Decision, MAX_RERUNS, Origin, Past, PublishFacts, Question, ReadFacts, Reason,
    RepairFacts, RerunFacts, Verdict, decide,
};
use sentinel::evidence::{Evidence, ForgeCi, Proven};
use sentinel::ids::ObjectId;
use sentinel::incident::{Sightings, Spread};
use sentinel::policy::{Policy, Rerun, Unproven};
use sentinel::task::TaskState;
use sentinel::time::Timestamp;

const NOW: Timestamp = Timestamp(1_000_000);

fn id(digit: char) -> ObjectId {
    digit.to_string().repeat(40).parse().unwrap()
}

fn origin() -> Origin {
    Origin {
        own_branch: false,
        fork: false,
        merge_queue: false,
        bot: false,
    }
}

/// A draft that nothing speaks against.
fn facts() -> PublishFacts {
    PublishFacts {
        origin: origin(),
        form: Form::PullRequest { draft: true },
        protected_branch: false,
        past: Past::default(),
        changes_last_hour: 0,
        cancelled: false,
        seen: Sightings::default(),
        confidence: 0.9,
        stated: 0.9,
        evidence: Evidence::NotRun {
            reason: "test".into(),
        },
        from_log: true,
        from_model: false,
        unproven: Unproven::Draft,
        touches_protected: false,
        changes_expectation: false,
        agent_asks: false,
        tree: id('a'),
        base: id('b'),
        head: id('c'),
        branch_head: Some(id('c')),
        approval: None,
    }
}

fn approval(policy: &Policy) -> Approval {
    Approval {
        by: "dana".into(),
        tree: id('a'),
        base: id('b'),
        head: id('c'),
        policy: policy.digest(),
        expires: NOW.plus_ms(1),
    }
}

fn publish(policy: &Policy, facts: PublishFacts) -> Decision {
    decide(policy, &Question::Publish(Box::new(facts)), NOW)
}

fn only(decision: &Decision) -> (Verdict, Reason) {
    assert_eq!(decision.reason_codes.len(), 1, "{decision:?}");
    (decision.decision, decision.reason_codes[0])
}

#[test]
fn each_fact_against_publishing_has_its_reason() {
    let policy = Policy::default();
    let with = |change: fn(&mut PublishFacts)| {
        let mut facts = facts();
        change(&mut facts);
        only(&publish(&policy, facts))
    };
    use Reason::*;
    use Verdict::*;
    assert_eq!(with(|_| {}), (Allow, WithinPolicy));
    assert_eq!(with(|f| f.unproven = Unproven::Hold), (Warn, UnprovenHeld));
    assert_eq!(with(|f| f.touches_protected = true), (Warn, ProtectedPath));
    assert_eq!(
        with(|f| f.changes_expectation = true),
        (Warn, ChangesExpectation)
    );
    assert_eq!(with(|f| f.agent_asks = true), (Warn, AgentAsks));
    assert_eq!(with(|f| f.from_model = true), (Warn, FromModel));
    assert_eq!(with(|f| f.confidence = 0.69), (Block, LowConfidence));
    assert_eq!(with(|f| f.confidence = f64::NAN), (Error, BadInput));
    assert_eq!(with(|f| f.confidence = 1.5), (Error, BadInput));
    assert_eq!(with(|f| f.past.open = true), (Block, OpenChange));
    assert_eq!(
        with(|f| f.past.closed_unmerged = true),
        (Block, ClosedByPerson)
    );
    assert_eq!(with(|f| f.past.ignored = true), (Block, Ignored));
    assert_eq!(with(|f| f.past.withdrawn = true), (Block, Withdrawn));
    assert_eq!(with(|f| f.stated = 1.5), (Error, BadInput));
    assert_eq!(with(|f| f.changes_last_hour = 10), (Block, RateLimited));
    assert_eq!(with(|f| f.origin.fork = true), (Block, Fork));
    assert_eq!(with(|f| f.origin.own_branch = true), (Block, OwnBranch));
    assert_eq!(with(|f| f.origin.merge_queue = true), (Block, MergeQueue));
    assert_eq!(with(|f| f.origin.bot = true), (Block, BotBranch));
    assert_eq!(
        with(|f| f.branch_head = Some(id('d'))),
        (Block, BranchMoved)
    );
    assert_eq!(with(|f| f.branch_head = None), (Block, BranchMoved));
    assert_eq!(with(|f| f.cancelled = true), (Block, Cancelled));
    assert_eq!(with(|f| f.seen.passed_after = true), (Block, Flaky));
    assert_eq!(with(|f| f.seen.on_base = true), (Block, PreExisting));
    assert_eq!(with(|f| f.seen.went_green = true), (Block, WentGreen));
    assert_eq!(with(|f| f.seen.spread = down()), (Warn, Outage));
}

/// A registry that does not answer four of ten red repositories.
fn down() -> Spread {
    Spread {
        infrastructure: true,
        repositories: 4,
        red: 10,
        held_ms: 0,
    }
}

fn repair(seen: Sightings, origin: Origin) -> Decision {
    let facts = RepairFacts {
        form: Form::PullRequest { draft: true },
        origin,
        past: Past::default(),
        changes_last_hour: 0,
        cancelled: false,
        seen,
    };
    decide(&Policy::default(), &Question::Repair(facts), NOW)
}

#[test]
fn what_is_nobodys_fault_here_ends_as_a_report() {
    let on_base = Sightings {
        on_base: true,
        passed_after: true,
        ..Sightings::default()
    };
    let decision = repair(on_base, origin());
    assert_eq!(decision.decision, Verdict::Block);
    assert_eq!(decision.reason_codes, [Reason::Flaky, Reason::PreExisting]);
    assert!(decision.is_report());
    let fork = Origin {
        fork: true,
        ..origin()
    };
    assert!(
        !repair(on_base, fork).is_report(),
        "it may not be done either"
    );
    assert!(!repair(Sightings::default(), origin()).is_report());
}

#[test]
fn an_outage_holds_and_never_overrules_a_no() {
    let seen = |spread| Sightings {
        spread,
        ..Sightings::default()
    };
    assert!(repair(seen(down()), origin()).waits_for_an_outage());
    let fork = Origin {
        fork: true,
        ..origin()
    };
    assert!(!repair(seen(down()), fork).waits_for_an_outage());
    let admitted = |spread| repair(seen(spread), origin()).allows();
    // Too few, too small a share of those that are red, no such kind of
    // failure (a lint of a new version), and what lasts for a day.
    let spreads = [
        Spread {
            repositories: 2,
            ..down()
        },
        Spread { red: 17, ..down() },
        Spread {
            infrastructure: false,
            repositories: 500,
            red: 500,
            held_ms: 0,
        },
        Spread {
            held_ms: 24 * 3_600_000,
            ..down()
        },
    ];
    for spread in spreads {
        assert!(admitted(spread), "{spread:?}");
    }
    assert!(!admitted(Spread { red: 16, ..down() }), "a quarter");
}

#[test]
fn an_approval_does_not_end_an_outage() {
    let policy = Policy::default();
    let mut facts = facts();
    facts.seen.spread = down();
    facts.approval = Some(approval(&policy));
    assert!(publish(&policy, facts).waits_for_an_outage());
}

#[test]
fn proof_releases_what_no_log_wrote() {
    let with = |from_log, derived| {
        let mut facts = facts();
        facts.unproven = Unproven::Hold;
        facts.from_log = from_log;
        facts.evidence = Evidence::Proven(Proven {
            command: "cargo fmt --check".into(),
            tier: "bubblewrap".into(),
            before: Some(1),
            tests: None,
            derived,
        });
        only(&publish(&Policy::default(), facts))
    };
    let within = (Verdict::Allow, Reason::WithinPolicy);
    assert_eq!(with(false, false), within);
    assert_eq!(with(true, true), within);
    assert_eq!(with(true, false), (Verdict::Warn, Reason::FromLog));
}

/// Neither a proof, nor a tool that comes to the same, nor an operator who lets
/// drafts out: only a person.
#[test]
fn what_a_model_wrote_waits_for_a_person() {
    let policy = Policy::default();
    for unproven in [Unproven::Hold, Unproven::Draft] {
        let mut facts = facts();
        facts.unproven = unproven;
        facts.from_log = false;
        facts.from_model = true;
        facts.evidence = Evidence::Proven(Proven {
            command: "cargo fmt --check".into(),
            tier: "bubblewrap".into(),
            before: Some(1),
            tests: None,
            derived: true,
        });
        let held = only(&publish(&policy, facts.clone()));
        assert_eq!(held, (Verdict::Warn, Reason::FromModel));
        facts.approval = Some(approval(&policy));
        let approved = only(&publish(&policy, facts));
        assert_eq!(approved, (Verdict::Allow, Reason::Approved));
    }
}

#[test]
fn observing_publishes_nothing_even_when_approved() {
    let policy = Policy {
        observe_only: true,
        ..Policy::default()
    };
    let mut facts = facts();
    facts.approval = Some(approval(&policy));
    assert_eq!(
        only(&publish(&policy, facts)),
        (Verdict::Block, Reason::ObserveOnly)
    );
}

#[test]
fn an_approval_releases_exactly_what_it_names() {
    let policy = Policy::default();
    let with = |change: fn(&mut Approval)| {
        let mut facts = facts();
        facts.unproven = Unproven::Hold;
        facts.touches_protected = true;
        let mut approval = approval(&policy);
        change(&mut approval);
        facts.approval = Some(approval);
        only(&publish(&policy, facts))
    };
    assert_eq!(with(|_| {}), (Verdict::Allow, Reason::Approved));
    let mismatch = (Verdict::Warn, Reason::ApprovalMismatch);
    assert_eq!(with(|a| a.tree = id('d')), mismatch);
    assert_eq!(with(|a| a.base = id('d')), mismatch);
    assert_eq!(with(|a| a.head = id('d')), mismatch);
    assert_eq!(with(|a| a.expires = NOW), mismatch);
    let other = Policy {
        max_files: 1,
        ..Policy::default()
    };
    let mut facts = facts();
    facts.approval = Some(approval(&other));
    assert_eq!(only(&publish(&policy, facts)), mismatch);
}

#[test]
fn an_approval_does_not_lift_what_a_person_cannot_see_in_the_patch() {
    let policy = Policy::default();
    let mut facts = facts();
    facts.approval = Some(approval(&policy));
    facts.branch_head = Some(id('d'));
    facts.past.closed_unmerged = true;
    let decision = publish(&policy, facts);
    assert_eq!(decision.decision, Verdict::Block);
    assert_eq!(
        decision.reason_codes,
        [Reason::ClosedByPerson, Reason::BranchMoved]
    );
}

#[test]
fn reading_and_repairing_are_admitted_by_the_same_function() {
    let policy = Policy::default();
    let read = |own_branch, runs_last_hour| {
        only(&decide(
            &policy,
            &Question::Read(ReadFacts {
                own_branch,
                runs_last_hour,
            }),
            NOW,
        ))
    };
    assert_eq!(read(false, 0), (Verdict::Allow, Reason::Admitted));
    assert_eq!(read(true, 0), (Verdict::Block, Reason::OwnBranch));
    assert_eq!(read(false, 120), (Verdict::Block, Reason::RunsRateLimited));
    let facts = RepairFacts {
        form: Form::PullRequest { draft: true },
        origin: Origin {
            fork: true,
            ..origin()
        },
        past: Past::default(),
        changes_last_hour: 0,
        cancelled: false,
        seen: Sightings::default(),
    };
    let decision = decide(&policy, &Question::Repair(facts), NOW);
    assert_eq!(only(&decision), (Verdict::Block, Reason::Fork));
}

#[test]
fn the_context_hash_names_the_question_and_the_policy() {
    let policy = Policy::default();
    let hash = |policy: &Policy, facts| publish(policy, facts).context_hash;
    assert_eq!(hash(&policy, facts()), hash(&policy, facts()));
    let other = Policy {
        max_lines: 1,
        ..Policy::default()
    };
    assert_ne!(hash(&policy, facts()), hash(&other, facts()));
    assert_ne!(
        hash(&policy, facts()),
        hash(
            &policy,
            PublishFacts {
                tree: id('e'),
                ..facts()
            }
        )
    );
}

#[test]
fn reason_codes_are_a_closed_set_of_distinct_names() {
    let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert!(reason.code().starts_with("SNTL_"));
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        assert!(!reason.sentence().is_empty());
    }
}

#[test]
fn a_task_ends_once() {
    for from in TaskState::ALL {
        assert_eq!(TaskState::parse(from.as_str()), Some(from));
        let ways = TaskState::ALL
            .iter()
            .filter(|to| from.step(**to).is_ok())
            .count();
        assert_eq!(ways == 0, from.is_end(), "{from:?}");
    }
    assert!(
        TaskState::Publishing.step(TaskState::Cancelled).is_err(),
        "the intent is recorded"
    );
    assert!(
        TaskState::Held.step(TaskState::Publishing).is_err(),
        "only by an approval"
    );
}

/// A draft whose forge's CI is green, of a patch that no log wrote.
fn green() -> PublishFacts {
    PublishFacts {
        evidence: Evidence::ForgeCi(ForgeCi {
            run: "github:acme/widget run 1 attempt 1".into(),
            commit: id('f'),
            job: "test".into(),
        }),
        from_log: false,
        ..facts()
    }
}

fn ready(policy: &Policy, facts: PublishFacts) -> Decision {
    decide(policy, &Question::Ready(Box::new(facts)), NOW)
}

#[test]
fn green_ci_makes_ready_what_a_person_need_not_see() {
    let policy = Policy::default();
    let with = |change: fn(&mut PublishFacts)| {
        let mut facts = green();
        change(&mut facts);
        only(&ready(&policy, facts))
    };
    use Reason::*;
    use Verdict::*;
    assert_eq!(with(|_| {}), (Allow, WithinPolicy));
    // It is the open change itself, and was counted when it was opened.
    assert_eq!(with(|f| f.past.open = true), (Allow, WithinPolicy));
    assert_eq!(with(|f| f.changes_last_hour = 99), (Allow, WithinPolicy));
    assert_eq!(with(|f| f.branch_head = None), (Allow, WithinPolicy));
    // What `publish.unproven = "draft"` let out is not more than a draft.
    assert_eq!(with(|f| f.from_log = true), (Warn, FromLog));
    assert_eq!(with(|f| f.touches_protected = true), (Warn, ProtectedPath));
    assert_eq!(
        with(|f| f.changes_expectation = true),
        (Warn, ChangesExpectation)
    );
    assert_eq!(with(|f| f.agent_asks = true), (Warn, AgentAsks));
    assert_eq!(with(|f| f.past.ignored = true), (Block, Ignored));
    assert_eq!(with(|f| f.confidence = 0.1), (Block, LowConfidence));
    assert_eq!(with(|f| f.confidence = f64::NAN), (Error, BadInput));
    assert_eq!(with(|f| f.origin.fork = true), (Block, Fork));
    assert_eq!(with(|f| f.cancelled = true), (Block, Cancelled));
    assert_eq!(with(|f| f.seen.went_green = true), (Block, WentGreen));
    assert_eq!(
        with(|f| f.evidence = Evidence::NotRun {
            reason: "test".into()
        }),
        (Warn, UnprovenHeld)
    );
}

#[test]
fn an_approval_makes_ready_what_it_names_and_only_with_evidence() {
    let policy = Policy::default();
    let with = |change: fn(&mut PublishFacts)| {
        let mut facts = green();
        facts.from_log = true;
        facts.approval = Some(approval(&policy));
        change(&mut facts);
        only(&ready(&policy, facts))
    };
    assert_eq!(with(|_| {}), (Verdict::Allow, Reason::Approved));
    assert_eq!(
        with(|f| f.tree = id('e')),
        (Verdict::Warn, Reason::ApprovalMismatch)
    );
    assert_eq!(
        with(|f| f.evidence = Evidence::NotRun {
            reason: "test".into()
        }),
        (Verdict::Warn, Reason::UnprovenHeld)
    );
    let observing = Policy {
        observe_only: true,
        ..Policy::default()
    };
    assert_eq!(
        only(&ready(&observing, green())),
        (Verdict::Block, Reason::ObserveOnly)
    );
}

#[test]
fn a_patch_that_a_log_printed_is_not_let_out_by_a_green_forge() {
    let mut facts = green();
    facts.from_log = true;
    facts.unproven = Unproven::Hold;
    let held = (Verdict::Warn, Reason::FromLog);
    assert_eq!(only(&publish(&Policy::default(), facts)), held);
}

#[test]
fn each_fact_against_running_a_job_again_has_its_reason() {
    let with = |rerun: Rerun, change: fn(&mut RerunFacts)| {
        let mut facts = RerunFacts {
            origin: origin(),
            cancelled: false,
            went_green: false,
            tries: 0,
            protected: false,
            head: id('c'),
            branch_head: Some(id('c')),
            approved: false,
        };
        change(&mut facts);
        let policy = Policy {
            rerun,
            ..Policy::default()
        };
        only(&decide(&policy, &Question::Rerun(facts), NOW))
    };
    use Reason::*;
    use Verdict::*;
    assert_eq!(Policy::default().rerun, Rerun::Off, "the default");
    assert_eq!(with(Rerun::Off, |_| {}), (Block, RerunOff));
    assert_eq!(with(Rerun::Off, |f| f.approved = true), (Block, RerunOff));
    assert_eq!(with(Rerun::Ask, |_| {}), (Warn, RerunAsks));
    assert_eq!(with(Rerun::Ask, |f| f.approved = true), (Allow, Approved));
    let auto = |change| with(Rerun::Auto, change);
    assert_eq!(auto(|_| {}), (Allow, WithinPolicy));
    assert_eq!(auto(|f| f.tries = MAX_RERUNS), (Block, RerunLimit));
    assert_eq!(auto(|f| f.tries = MAX_RERUNS - 1), (Allow, WithinPolicy));
    assert_eq!(auto(|f| f.protected = true), (Block, RerunProtected));
    assert_eq!(auto(|f| f.went_green = true), (Block, WentGreen));
    assert_eq!(auto(|f| f.cancelled = true), (Block, Cancelled));
    assert_eq!(auto(|f| f.branch_head = None), (Block, BranchMoved));
    assert_eq!(auto(|f| f.origin.fork = true), (Block, Fork));
    assert_eq!(auto(|f| f.origin.merge_queue = true), (Block, MergeQueue));
    assert_eq!(auto(|f| f.origin.bot = true), (Block, BotBranch));
    assert_eq!(auto(|f| f.origin.own_branch = true), (Block, OwnBranch));
    // An approval is a person's word on one try, not on what it may deploy.
    let approved = with(Rerun::Ask, |f| {
        f.approved = true;
        f.protected = true;
    });
    assert_eq!(approved, (Block, RerunProtected));
}
