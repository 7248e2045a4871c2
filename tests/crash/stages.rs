//! Killed inside of what comes after a proposal: a look at a published change,
//! a job that is run again, a command of a person. Started again the server
//! does all of it, and nothing twice.

use super::*;

use sentinel::ids::ObjectId;

use crate::stories::{commands::Red, commands::tell, rerun, watch};
use crate::world::World;

/// What is under way when the server is killed.
#[derive(Debug, Clone, Copy)]
enum Story {
    /// A draft whose own CI went green becomes ready for review.
    Ready,
    /// One whose CI went red is closed with a diagnosis.
    Closed,
    /// A job that failed because of a server is run again.
    Rerun,
    /// A person lands the patch of a check.
    Apply,
}

/// Everything is there, and the stage is ready; no server runs yet.
struct Set {
    world: World,
    repository: Repository,
    /// The pull request that is talked about, if there is one.
    number: u64,
    /// Where the branch was that something may land on.
    head: Option<ObjectId>,
    /// What stood in the ledger before.
    before: Vec<String>,
}

impl Story {
    async fn set(self) -> Set {
        let (world, repository, number) = match self {
            Story::Ready => {
                let (world, repository) = watch::approved().await;
                watch::green(&repository);
                let number = watch::pull(&repository).number;
                (world, repository, number)
            }
            Story::Closed => {
                let (world, repository) = watch::draft().await;
                watch::red(&repository, "fmt", FORMAT_LOG);
                let number = watch::pull(&repository).number;
                (world, repository, number)
            }
            Story::Rerun => {
                let (world, repository, _) = rerun::world(rerun::AUTO, rerun::WORKFLOW).await;
                (world, repository, 0)
            }
            Story::Apply => {
                let red = Red::new().await;
                let webhook = red
                    .repository
                    .comment(red.number, "wanda", "/sentinel apply");
                assert_eq!(tell(&red.world, &webhook).await, 202);
                (red.world, red.repository, red.number)
            }
        };
        let ready = "UPDATE work SET not_before = 0, due = 0 WHERE dead = 0";
        world.file().execute(ready, []).unwrap();
        world.github.forget_requests();
        Set {
            before: world.kinds().await,
            head: repository.head("feature"),
            world,
            repository,
            number,
        }
    }

    /// What stands in the ledger once it is done.
    fn done(self) -> &'static [&'static str] {
        match self {
            Story::Ready | Story::Closed => &["change.edited"],
            Story::Rerun => &["rerun.asked"],
            Story::Apply => &["change.published", "command.answered"],
        }
    }

    /// What is recorded on the way, each a moment to be killed at.
    fn way(self) -> &'static [&'static str] {
        match self {
            Story::Ready | Story::Closed => &["change.edit_intended", "change.edited"],
            Story::Rerun => &["rerun.intended", "rerun.asked"],
            Story::Apply => &[
                "command.decided",
                "command.answered",
                "change.intended",
                "change.published",
            ],
        }
    }

    async fn ends_well(self, set: Set, told: &str) {
        let entries = set.world.ledger().await;
        let count = |kind: &str| entries.iter().filter(|entry| entry.kind == kind).count();
        for kind in self.done().iter().chain(self.way()) {
            let fresh = count(kind) - set.stood(kind);
            assert_eq!(fresh, 1, "{self:?} {told}: {kind}");
        }
        assert_eq!(count("work.failed"), 0, "{self:?} {told}");
        let repository = &set.repository;
        match self {
            Story::Ready | Story::Closed => {
                assert_eq!(repository.pulls().len(), 1, "{told}");
                let pull = watch::pull(repository);
                let comments = repository.comments(set.number).len();
                assert_eq!(comments, 1, "{self:?} {told}: one remark");
                let outcomes = set.world.outcomes().await;
                let (shown, expected): (_, &[&str]) = match self {
                    Story::Ready => (pull.open && !pull.draft, &["ci_passed", "ready"]),
                    _ => (!pull.open, &["disproved"]),
                };
                assert!(shown, "{self:?} {told}: {pull:?}");
                assert_eq!(outcomes, expected, "{self:?} {told}");
            }
            Story::Rerun => {
                let mut attempts = Vec::new();
                repository.configure(|repo| {
                    attempts = repo.runs.iter().map(|run| run.attempt).collect();
                });
                assert_eq!(attempts, [1, 2], "{told}: run again once");
            }
            Story::Apply => {
                let mut parents = Vec::new();
                repository.configure(|repo| {
                    let id = &repo.refs["feature"];
                    parents = repo.objects.get_commit(id).unwrap().parents.clone();
                });
                let head = set.head.as_ref().unwrap().to_string();
                assert_eq!(parents, [head], "{told}: one commit");
                let answers = crate::stories::commands::answers(repository, set.number);
                assert_eq!(answers.len(), 1, "{told}: {answers:?}");
                assert!(repository.own_branches().is_empty(), "{told}");
            }
        }
        set.world.end().await;
    }
}

impl Set {
    async fn serve(&self) -> Server {
        let config = self.world.config_file();
        tokio::task::spawn_blocking(move || Server::start(&config))
            .await
            .unwrap()
    }

    /// How often this was recorded before the server ran.
    fn stood(&self, kind: &str) -> usize {
        self.before.iter().filter(|one| *one == kind).count()
    }

    async fn until(&self, kinds: &[&str]) {
        let started = Instant::now();
        loop {
            let known = self.world.kinds().await;
            let count = |kind: &str| known.iter().filter(|one| *one == kind).count();
            if kinds.iter().all(|kind| count(kind) > self.stood(kind)) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{kinds:?}: {known:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Until nothing is under way or ready any more.
    async fn quiet(&self) {
        let started = Instant::now();
        let busy = "SELECT count(*) FROM work WHERE dead = 0
                    AND (leased = 1 OR not_before <= unixepoch() * 1000)";
        loop {
            let count: i64 = self
                .world
                .file()
                .query_row(busy, [], |row| row.get(0))
                .unwrap();
            if count == 0 {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{count} stages are busy");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Where it is killed.
enum At<'a> {
    /// Before or after a request of these took effect.
    Request(&'a [Recorded], usize, Effect),
    /// Once this stands in the ledger.
    Recorded(&'static str),
}

async fn killed(story: Story, at: At<'_>) {
    let set = story.set().await;
    let told = match at {
        At::Request(requests, nth, effect) => {
            let request = &requests[nth];
            let mut held = hold(&set.world.github, &requests[..nth], request, effect);
            let mut server = set.serve().await;
            held.arrived().await;
            server.kill();
            held.cut();
            format!("{} {} {effect:?}", request.method, request.path)
        }
        At::Recorded(kind) => {
            let mut server = set.serve().await;
            set.until(&[kind]).await;
            server.kill();
            kind.to_owned()
        }
    };
    let _again = set.serve().await;
    set.until(story.done()).await;
    set.quiet().await;
    story.ends_well(set, &told).await;
}

/// The story as it goes where nothing happens: its requests.
async fn told(story: Story) -> Vec<Recorded> {
    let set = story.set().await;
    let server = set.serve().await;
    set.until(story.done()).await;
    set.quiet().await;
    let requests = set.world.github.requests();
    drop(server);
    story.ends_well(set, "not killed").await;
    requests
}

/// At every write, before and after it took effect, and at every read that
/// comes after one; what was only read leaves nothing that could be done twice.
async fn killed_everywhere(story: Story) {
    let requests = told(story).await;
    let first = requests.iter().position(Recorded::is_write);
    let first = first.expect("something is written");
    let mut kills: Vec<At<'_>> = story.way().iter().copied().map(At::Recorded).collect();
    for (nth, request) in requests.iter().enumerate().skip(first) {
        kills.push(At::Request(&requests, nth, Effect::OnRelease));
        if request.is_write() {
            kills.push(At::Request(&requests, nth, Effect::First));
        }
    }
    futures_util::stream::iter(kills)
        .map(|at| killed(story, at))
        .buffer_unordered(4)
        .collect::<()>()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_inside_a_look_at_a_draft_that_becomes_ready() {
    killed_everywhere(Story::Ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_inside_a_look_at_a_draft_that_is_closed() {
    killed_everywhere(Story::Closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_job_is_run_again() {
    killed_everywhere(Story::Rerun).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_persons_command_is_carried_out() {
    killed_everywhere(Story::Apply).await;
}
