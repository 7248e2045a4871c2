//! When a repository is looked at, how much that may ask, and what a change is
//! known by.

use proptest::prelude::*;
use sentinel::change::{Advice, is_configuration, subject};
use sentinel::ci_history::{MAX_ACTIONS, MAX_COMMITS, Shares};
use sentinel::config::Config;
use sentinel::ids::Repository;
use sentinel::patch::path::RepoPath;
use sentinel::time::Timestamp;
use sentinel::timetable::Every;

const DAY_MS: i64 = 24 * 3_600_000;

fn configured(optimize: &str) -> Result<Config, String> {
    let text = format!("[repositories.\"github:acme/widget\"]\noptimize = {optimize}\n");
    Config::parse(&text).map_err(|error| error.to_string())
}

fn widget() -> Repository {
    "github:acme/widget".parse().unwrap()
}

#[test]
fn nothing_is_looked_at_unless_it_is_configured() {
    assert!(Config::parse("").unwrap().timetable().is_empty());
    let other = "[repositories.\"github:acme/widget\"]\nprepare = []\n";
    assert!(Config::parse(other).unwrap().timetable().is_empty());
    let config = configured("{ every = \"2w\" }").unwrap();
    let plan = config.timetable()[&widget()];
    assert_eq!((plan.days, plan.requests), (14, 400));
    assert_eq!(Some(plan.every), Every::parse("14d"));
    let dotted = "[repositories.\"gitlab:a/b\"]\noptimize.every = \"7d\"\n";
    assert_eq!(Config::parse(dotted).unwrap().timetable().len(), 1);
}

#[test]
fn a_timetable_that_means_nothing_is_refused_with_what_to_write() {
    for (optimize, why) in [
        ("{}", "missing field `every`"),
        ("{ every = \"0d\" }", "like \"7d\" or \"2w\""),
        ("{ every = \"366d\" }", "like \"7d\" or \"2w\""),
        ("{ every = \"7\" }", "like \"7d\" or \"2w\""),
        ("{ every = \"+7d\" }", "like \"7d\" or \"2w\""),
        ("{ every = \"1h\" }", "like \"7d\" or \"2w\""),
        ("{ every = \"é\" }", "like \"7d\" or \"2w\""),
        ("{ every = 7 }", "invalid type"),
        (
            "{ every = \"7d\", days = 0 }",
            "optimize.days: must be from 1 to 90",
        ),
        (
            "{ every = \"7d\", days = 91 }",
            "optimize.days: must be from 1 to 90",
        ),
        (
            "{ every = \"7d\", requests = 49 }",
            "optimize.requests: must be from 50 to 4000",
        ),
        (
            "{ every = \"7d\", requests = 4001 }",
            "optimize.requests: must be from 50 to 4000",
        ),
        (
            "{ every = \"7d\", request = 50 }",
            "did you mean `requests`",
        ),
    ] {
        let refused = configured(optimize).expect_err(optimize);
        assert!(refused.contains(why), "{optimize}: {refused}");
    }
    let local = "[repositories.\"local:widget\"]\noptimize = { every = \"7d\" }\n";
    let refused = Config::parse(local)
        .expect_err("nothing to read")
        .to_string();
    assert!(refused.contains("no past runs"), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Never early, late by a tenth at most, and always the same answer.
    #[test]
    fn the_next_look_is_due_after_its_time(days in 1u32..=365, at in 0i64..4_000_000_000_000) {
        let plan = configured(&format!("{{ every = \"{days}d\" }}")).unwrap().timetable()[&widget()];
        let next = plan.next(&widget(), Timestamp(at));
        let wait = next.0 - at;
        let every = i64::from(days) * DAY_MS;
        prop_assert!((every..every + every / 10).contains(&wait), "{}", wait);
        prop_assert_eq!(next, plan.next(&widget(), Timestamp(at)));
        let first = plan.first(&widget(), Timestamp(at)).0 - at;
        prop_assert!((0..3_600_000).contains(&first));
    }

    /// No more is asked for than is allowed, and runs come first.
    #[test]
    fn requests_are_shared_out(requests in 0u32..5000) {
        let Shares { runs, commits, actions } = Shares::of(requests);
        prop_assert_eq!(runs + commits + actions, requests as usize);
        prop_assert!(commits <= MAX_COMMITS && actions <= MAX_ACTIONS);
        prop_assert!(runs >= (requests as usize) * 7 / 10);
    }
}

#[test]
fn repositories_that_began_together_drift_apart() {
    let plan = configured("{ every = \"7d\" }").unwrap().timetable()[&widget()];
    let due = |number: u32| {
        let repository: Repository = format!("github:acme/r{number}").parse().unwrap();
        plan.next(&repository, Timestamp(0)).0
    };
    let mut all: Vec<i64> = (0..50).map(due).collect();
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 45, "{}", all.len());
    assert!(all[all.len() - 1] - all[0] > 8 * 3_600_000);
}

#[test]
fn a_change_is_known_by_what_it_is_about_and_not_by_its_name_alone() {
    let path = |text: &str| RepoPath::parse(text).unwrap();
    let ci = path(".github/workflows/ci.yml");
    let of = |strategy: &str| Advice::fingerprint(strategy, &ci);
    assert_eq!(of("job-timeout"), of("job-timeout"));
    assert_ne!(of("job-timeout"), of("path-filter"));
    assert_ne!(
        of("job-timeout"),
        Advice::fingerprint("job-timeout", &path(".gitlab-ci.yml"))
    );
    assert_eq!(of("anything"), of("else"));
    assert_eq!(
        subject("job-timeout", "ci.yml"),
        "Give the jobs of ci.yml a time-out"
    );
    assert_eq!(
        subject("x @everyone", "ci.yml"),
        "Change the CI configuration in ci.yml"
    );
}

#[test]
fn only_what_jobs_are_read_from_is_configuration() {
    for (text, is) in [
        (".github/workflows/ci.yml", true),
        (".github/workflows/ci.yaml", true),
        (".gitlab-ci.yml", true),
        (".github/workflows/deep/ci.yml", false),
        (".github/workflows/ci.yml.sh", false),
        (".github/workflows/README.md", false),
        (".github/CODEOWNERS", false),
        ("x/.gitlab-ci.yml", false),
        (".GitHub/workflows/ci.yml", false),
        ("ci.yml", false),
    ] {
        assert_eq!(
            is_configuration(&RepoPath::parse(text).unwrap()),
            is,
            "{text}"
        );
    }
}
