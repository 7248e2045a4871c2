//! What a failure's class, place and reach say: urgency, kinds of branches, what
//! runs say about each other.

use proptest::prelude::*;
use sentinel::event::Trigger;
use sentinel::failure::{Failure, FailureClass, KeyLine, Severity};
use sentinel::ids::{Branch, RunKey, Source};
use sentinel::incident::{
    BranchKind, Ended, Reach, Sightings, Urgency, drifts, is_infrastructure, urgency,
};
use sentinel::policy::Policy;

fn branch(name: &str) -> Branch {
    name.parse().unwrap()
}

#[test]
fn what_a_branch_is_for() {
    let kind = |name: &str, base: Option<&str>| {
        let base = base.map(branch);
        Policy::default()
            .branch_kind(&branch(name), base.as_ref())
            .unwrap()
    };
    use BranchKind::*;
    for (name, base, expected) in [
        ("main", Some("main"), Default),
        ("main", None, Default),
        ("develop", Some("develop"), Default),
        ("develop", None, LongLived),
        ("main", Some("develop"), LongLived),
        ("release", Some("main"), LongLived),
        ("release/1.2", Some("main"), LongLived),
        ("release/1.2/hotfix", Some("main"), LongLived),
        ("release-1.2", None, LongLived),
        ("v2", Some("main"), LongLived),
        ("vendor", Some("main"), Feature),
        ("fix/release-notes", Some("main"), Feature),
    ] {
        assert_eq!(kind(name, base), expected, "{name} {base:?}");
    }
    let own = Policy {
        long_lived_branches: vec!["production".into()],
        ..Policy::default()
    };
    let kind = own.branch_kind(&branch("production"), None).unwrap();
    assert_eq!(kind, LongLived);
    let bad = Policy {
        long_lived_branches: vec!["a{b".into()],
        ..Policy::default()
    };
    let said = bad.long_lived().unwrap_err().to_string();
    assert!(said.contains("policy.long_lived_branches"), "{said}");
}

fn run(number: u64, attempt: u64, trigger: Trigger) -> Ended {
    Ended {
        run: RunKey {
            repository: "github:acme/widget".parse().unwrap(),
            source: Source::Forge,
            run: number,
            attempt,
        },
        commit: "a".repeat(40).parse().unwrap(),
        branch: branch("main"),
        trigger: Some(trigger),
        fork: false,
        workflow: "CI".into(),
        conclusion: None,
    }
}

fn pull() -> Trigger {
    Trigger::PullRequest { number: Some(1) }
}

#[test]
fn which_runs_tested_the_same_files() {
    let red = run(7, 1, Trigger::Push);
    let same = |other: &Ended| other.tested_the_same(&red);
    let timetable = Trigger::Other {
        name: "schedule".into(),
    };
    assert!(same(&run(7, 2, Trigger::Push)));
    assert!(same(&run(9, 1, timetable)));
    assert!(!same(&run(9, 1, pull())), "that was merged into something");
    assert!(!run(9, 1, pull()).tested_the_same(&run(7, 1, pull())));
    assert!(run(7, 2, pull()).tested_the_same(&run(7, 1, pull())));
    let moved = Ended {
        commit: "b".repeat(40).parse().unwrap(),
        ..run(9, 1, Trigger::Push)
    };
    assert!(!same(&moved));
    let other = Ended {
        workflow: "Docs".into(),
        ..run(9, 1, Trigger::Push)
    };
    assert!(!same(&other));
    let unknown = Ended {
        trigger: None,
        ..run(9, 1, Trigger::Push)
    };
    assert!(!same(&unknown), "stored before triggers were kept");
}

#[test]
fn which_runs_say_that_a_branch_is_green_again() {
    let red = run(7, 1, Trigger::Push);
    assert!(run(8, 1, Trigger::Push).supersedes(&red));
    assert!(
        !run(6, 3, Trigger::Push).supersedes(&red),
        "it began before"
    );
    assert!(!run(8, 1, pull()).supersedes(&red), "another occasion");
    let strangers = Ended {
        fork: true,
        ..run(8, 1, Trigger::Push)
    };
    assert!(!strangers.supersedes(&red));
}

#[test]
fn chance_and_a_new_version_of_a_tool_are_not_the_same() {
    let seen = |passed_after, passed_before, drifts, flaked_commits| {
        let seen = Sightings {
            passed_after,
            passed_before,
            drifts,
            flaked_commits,
            ..Sightings::default()
        };
        seen.is_flaky()
    };
    assert!(seen(true, false, true, 0), "it went away by itself");
    assert!(seen(false, true, false, 0));
    assert!(!seen(false, true, true, 0), "a new lint: repair it");
    assert!(!seen(false, false, false, 1), "once may be a coincidence");
    assert!(seen(false, false, false, 2));
    assert!(drifts(FailureClass::Lint) && !drifts(FailureClass::TestFailure));
}

fn failure(class: FailureClass, line: &str) -> Failure {
    Failure {
        class,
        severity: Severity::Medium,
        confidence: 0.9,
        key_lines: vec![KeyLine {
            number: 1,
            text: line.into(),
        }],
        command: None,
        tool: None,
        location: None,
        fingerprint: "f".repeat(64).parse().unwrap(),
        attributes: Vec::new(),
    }
}

#[test]
fn which_failures_come_of_servers() {
    use FailureClass::*;
    for (class, line, expected) in [
        (FlakyOrInfraNetwork, "whatever", true),
        (DependencyResolution, "got 503 Service Unavailable", true),
        (
            DependencyResolution,
            "no matching version for left-pad",
            false,
        ),
        (DockerBuild, "getaddrinfo ENOTFOUND registry", true),
        (TestFailure, "expected 503 Service Unavailable", false),
        (Lint, "connection refused", false),
    ] {
        assert_eq!(is_infrastructure(&failure(class, line)), expected, "{line}");
    }
}

fn any_class() -> impl Strategy<Value = FailureClass> {
    use FailureClass::*;
    prop::sample::select(vec![
        Format,
        Lint,
        Compile,
        TypeCheck,
        TestFailure,
        DependencyResolution,
        Lockfile,
        FlakyOrInfraNetwork,
        Timeout,
        OomOrDisk,
        PermissionOrSecret,
        ConfigOrWorkflowSyntax,
        DockerBuild,
        Deployment,
        Unknown,
    ])
}

fn any_severity() -> impl Strategy<Value = Severity> {
    use Severity::*;
    prop::sample::select(vec![Low, Medium, High, Critical])
}

fn any_kind() -> impl Strategy<Value = BranchKind> {
    use BranchKind::*;
    prop::sample::select(vec![Default, LongLived, Feature])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn more_of_anything_is_never_less_urgent(
        class in any_class(),
        severity in any_severity(),
        kind in any_kind(),
        jobs in any::<u32>(),
        branches in any::<u32>(),
        repositories in any::<u32>(),
        lasts_ms in any::<i64>(),
        more in 0u32..1000,
    ) {
        let reach = Reach { jobs, branches, repositories, lasts_ms };
        let points = urgency(class, severity, kind, &reach);
        prop_assert!(points <= Urgency::HIGHEST);
        let further = [
            Reach { jobs: jobs.saturating_add(more), ..reach },
            Reach { branches: branches.saturating_add(more), ..reach },
            Reach { repositories: repositories.saturating_add(more), ..reach },
            Reach { lasts_ms: lasts_ms.saturating_add(i64::from(more) * 60_000), ..reach },
        ];
        for reach in further {
            prop_assert!(urgency(class, severity, kind, &reach) >= points);
        }
        prop_assert!(urgency(class, Severity::Critical, kind, &reach) >= points);
        prop_assert!(urgency(class, severity, BranchKind::Default, &reach) >= points);
        prop_assert!(urgency(class, severity, BranchKind::Feature, &reach) <= points);
    }

    #[test]
    fn of_two_runs_one_began_first(
        a in (0u64..5, 1u64..4),
        b in (0u64..5, 1u64..4),
    ) {
        let (x, y) = (run(a.0, a.1, Trigger::Push), run(b.0, b.1, Trigger::Push));
        prop_assert_eq!(x.is_after(&y) || y.is_after(&x), a != b);
        prop_assert!(!(x.is_after(&y) && y.is_after(&x)));
    }
}

#[test]
fn what_stops_everybody_comes_first() {
    let of = |class, kind, jobs| {
        let reach = Reach {
            jobs,
            branches: 1,
            repositories: 1,
            lasts_ms: 0,
        };
        urgency(class, Severity::Medium, kind, &reach)
    };
    let broken_main = of(FailureClass::Compile, BranchKind::Default, 10);
    let lint_somewhere = of(FailureClass::Lint, BranchKind::Feature, 1);
    assert!(broken_main > lint_somewhere);
    assert_eq!(lint_somewhere.word(), "low");
    assert_eq!(broken_main.points(), 51);
    assert_eq!(broken_main.word(), "high");
}
