//! Who may have what done: each reason has a question that gives it.

use sentinel::change::Form;
use sentinel::change::suggestion::{replacements, shown_lines};
use sentinel::change::talk::Permission;
use sentinel::decision::{CommandFacts, Patches, Question, Reason, Standing, Verdict, decide};
use sentinel::event::command::{Order, TreeName, parse};
use sentinel::patch::FileChange;
use sentinel::patch::path::RepoPath;
use sentinel::policy::Policy;
use sentinel::time::Timestamp;
use sentinel::tree::EntryKind;

/// What nothing speaks against.
fn facts(order: Order) -> CommandFacts {
    CommandFacts {
        order: Some(order),
        comment: Standing::Stands,
        permission: Permission::Write,
        own_pull: false,
        by_person: 0,
        by_all: 0,
        retries: 0,
        open: true,
        fork: false,
        protected_branch: false,
        patches: Patches::Found,
    }
}

fn answer(policy: &Policy, facts: CommandFacts) -> (Verdict, Vec<Reason>) {
    let decision = decide(policy, &Question::Command(facts), Timestamp(1));
    (decision.decision, decision.reason_codes)
}

#[test]
fn each_fact_against_a_command_has_its_reason() {
    let policy = Policy::default();
    let with = |order, change: fn(&mut CommandFacts)| {
        let mut facts = facts(order);
        change(&mut facts);
        let (verdict, reasons) = answer(&policy, facts);
        assert_eq!(verdict, Verdict::Block, "{reasons:?}");
        let [reason] = reasons.try_into().expect("one reason");
        reason
    };
    use Order::*;
    for order in Order::ALL {
        let (verdict, reasons) = answer(&policy, facts(order));
        assert_eq!(
            (verdict, &*reasons),
            (Verdict::Allow, &[Reason::CommandAllowed][..])
        );
        assert_eq!(
            with(order, |f| f.comment = Standing::Changed),
            Reason::CommentChanged
        );
        assert_eq!(
            with(order, |f| f.comment = Standing::ByBot),
            Reason::CommandByBot
        );
        assert_eq!(with(order, |f| f.order = None), Reason::UnknownCommand);
        assert_eq!(
            with(order, |f| f.permission = Permission::Triage),
            Reason::NoPermission
        );
        assert_eq!(
            with(order, |f| f.by_person = 20),
            Reason::CommandsRateLimited
        );
        assert_eq!(with(order, |f| f.by_all = 60), Reason::CommandsRateLimited);
    }
    for order in [Apply, Approve, Reject, Retry, Stop] {
        assert_eq!(with(order, |f| f.fork = true), Reason::Fork);
        assert_eq!(with(order, |f| f.open = false), Reason::ChangeEnded);
    }
    for order in [Apply, Approve] {
        assert_eq!(
            with(order, |f| f.protected_branch = true),
            Reason::ProtectedBranch
        );
    }
    for order in [Apply, Approve, Reject, Retry] {
        assert_eq!(
            with(order, |f| f.patches = Patches::None),
            Reason::NothingOffered
        );
        assert_eq!(
            with(order, |f| f.patches = Patches::Moved),
            Reason::BranchMoved
        );
        assert_eq!(
            with(order, |f| f.patches = Patches::Several),
            Reason::SeveralPatches
        );
        assert_eq!(
            with(order, |f| f.patches = Patches::OtherTree),
            Reason::TreeMismatch
        );
    }
    assert_eq!(with(Retry, |f| f.retries = 5), Reason::RetriesExhausted);
    let observing = Policy {
        observe_only: true,
        ..Policy::default()
    };
    assert_eq!(answer(&observing, facts(Apply)).1, [Reason::ObserveOnly]);
    assert_eq!(answer(&observing, facts(Stop)).0, Verdict::Allow);
}

#[test]
fn whoever_made_a_pull_request_may_only_ask_why() {
    let policy = Policy::default();
    for order in Order::ALL {
        let facts = CommandFacts {
            permission: Permission::None,
            own_pull: true,
            ..facts(order)
        };
        let allowed = answer(&policy, facts).0 == Verdict::Allow;
        assert_eq!(allowed, order == Order::Explain, "{order:?}");
    }
}

#[test]
fn a_tree_is_named_by_enough_of_its_digits() {
    let tree = "0123456789abcdef0123456789abcdef01234567".parse().unwrap();
    for named in [
        "0123456789ab",
        "0123456789AB thanks",
        "`0123456789abcdef0123456789abcdef01234567`",
    ] {
        assert!(
            TreeName::parse(named).is_some_and(|name| name.names(&tree)),
            "{named}"
        );
    }
    assert!(TreeName::parse("1123456789ab").is_some_and(|name| !name.names(&tree)));
    let long = "0".repeat(65);
    for bad in [
        "",
        "0123456789a",
        "HEAD",
        "0123456789ag",
        &long,
        "../../0123456789",
    ] {
        assert_eq!(TreeName::parse(bad), None, "{bad}");
    }
    let (word, rest) = parse("/sentinel Approve 0123456789ab please").unwrap();
    assert_eq!(
        (word.order(), rest.as_str()),
        (Some(Order::Approve), "0123456789ab please")
    );
    assert_eq!(parse("/sentinel approved").unwrap().0.order(), None);
}

fn change(before: Option<&str>, after: Option<&str>) -> FileChange {
    let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
    FileChange {
        path: RepoPath::parse("a").unwrap(),
        kind: EntryKind::File,
        before: bytes(before),
        after: bytes(after),
    }
}

/// Applied to the old file, the suggestions come to the new one.
#[test]
fn suggestions_come_to_the_patch() {
    for (before, after) in [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "a\nc\n"),
        ("a\nb\nc\n", "a\nb\nx\ny\nc\n"),
        ("a\n", "0\na\n"),
        ("a\nb\n", "a\nb\nc\n"),
        ("a\nb\nc\nd\n", "A\nb\nc\nD\nE\n"),
    ] {
        let mut lines: Vec<String> = before.lines().map(|line| format!("{line}\n")).collect();
        let all = replacements(&change(Some(before), Some(after))).unwrap();
        for one in all.iter().rev() {
            lines.splice(one.lines.start() - 1..*one.lines.end(), [one.text.clone()]);
        }
        assert_eq!(lines.concat(), after);
    }
    for (before, after) in [
        (None, Some("a\n")),
        (Some("a\n"), None),
        (Some("a"), Some("b\n")),
        (Some("a\n"), Some("b")),
        (Some("a\r\n"), Some("a\n")),
        (Some(""), Some("a\n")),
    ] {
        assert_eq!(replacements(&change(before, after)), None);
    }
}

#[test]
fn lines_are_read_off_a_diff_whatever_it_holds() {
    let diff = "@@ -1,2 +3,4 @@ fn x()\n+a\n@@ -9 +12 @@\n-@@ -1 +1 @@\n@@ -1,1 +0,0 @@\n";
    assert_eq!(shown_lines(diff), [3..=6, 12..=12]);
    for hostile in [
        "@@ -1 +18446744073709551615,2 @@",
        "@@ -1 +a,b @@",
        "@@ -",
        "@@ -1 +1,0 @@",
    ] {
        assert!(shown_lines(hostile).is_empty(), "{hostile}");
    }
}

#[test]
fn only_what_moves_a_branch_pushes() {
    assert!(Form::Commit.pushes() && Form::PullRequest { draft: true }.pushes());
    assert!(!Form::CheckRun.pushes() && !Form::Suggestion { pull: 1 }.pushes());
}
