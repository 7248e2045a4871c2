//! Commands in a container of the operator's image, where podman or docker
//! runs one. The image is made here, of this machine's shell.

use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sentinel::ids::Digest;
use sentinel::proposal::{Edit, EditContent};
use sentinel::runner::{Around, Image, Order, Ran, RunError, Runner, Settings, Stop, Tier, Why};

use super::{runner, settings, shell, source, text};

/// Ways to run a container; on a machine with both versions of cgroups only
/// the second works.
const ENGINES: [&[&str]; 3] = [&["podman"], &["podman", "--runtime", "runc"], &["docker"]];

/// Programs of the image.
const PROGRAMS: [&str; 9] = [
    "sh", "cat", "id", "ls", "sleep", "touch", "env", "head", "mkdir",
];

/// The engine that works here and the image by its digest.
static FOUND: LazyLock<Option<(Vec<String>, Image)>> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root.tar");
    pack(&root);
    ENGINES.iter().find_map(|engine| {
        let image = import(engine, &root)?;
        let ran = Command::new(engine[0])
            .args(&engine[1..])
            .args([
                "run",
                "--rm",
                "--network=none",
                "--ulimit=nofile=64:64",
                "--ulimit=nproc=64:64",
            ])
            .args([
                "--pids-limit=64",
                "--memory=268435456",
                &String::from(image.clone()),
                "sh",
                "-c",
                "true",
            ])
            .output()
            .ok()?;
        let engine = engine.iter().map(|word| (*word).to_owned()).collect();
        ran.status.success().then_some((engine, image))
    })
});

/// The root of an image: a few programs, this one's libraries.
fn pack(to: &Path) {
    let mut files = vec![env!("CARGO_BIN_EXE_sentinel").to_owned()];
    files.extend(PROGRAMS.map(|name| format!("/bin/{name}")));
    let mut tar = tar::Builder::new(std::fs::File::create(to).unwrap());
    let mut known = std::collections::BTreeSet::new();
    for file in &files {
        let listed = Command::new("ldd").arg(file).output().unwrap();
        for word in text(&listed.stdout).split_whitespace() {
            if word.starts_with('/') && known.insert(word.to_owned()) {
                let real = std::fs::canonicalize(word).unwrap();
                tar.append_path_with_name(real, &word[1..]).unwrap();
            }
        }
    }
    for name in PROGRAMS {
        let real = std::fs::canonicalize(format!("/bin/{name}")).unwrap();
        tar.append_path_with_name(real, format!("bin/{name}"))
            .unwrap();
    }
    tar.finish().unwrap();
}

fn import(engine: &[&str], root: &Path) -> Option<Image> {
    let name = format!("localhost/sentinel-test-{}", std::process::id());
    let made = Command::new(engine[0])
        .args(&engine[1..])
        .arg("import")
        .args([root.to_str()?, &name])
        .output();
    if !made.ok()?.status.success() {
        return None;
    }
    let shown = Command::new(engine[0])
        .args(&engine[1..])
        .args([
            "image",
            "inspect",
            &name,
            "--format",
            "{{index .RepoDigests 0}}",
        ])
        .output();
    Image::try_from(text(&shown.ok()?.stdout).trim().to_owned()).ok()
}

struct Here {
    runner: Runner,
    image: Image,
    /// What is left can be told where one test runs at a time.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn here(settings: Settings) -> Option<Here> {
    let Some((engine, image)) = FOUND.clone() else {
        // Whether a container starts is the kernel's word; that there is a
        // program to start one is tests/run's.
        let program = ENGINES
            .iter()
            .any(|engine| Command::new(engine[0]).arg("--version").output().is_ok());
        assert!(
            program || !super::in_ci(),
            "no podman and no docker is here"
        );
        eprintln!("skipped: no podman or docker runs a container here");
        return None;
    };
    let runner = runner(Settings {
        containers: vec![engine],
        ..settings
    });
    Some(Here {
        runner,
        image,
        _alone: alone(),
    })
}

impl Here {
    fn run(&self, script: &str, edits: &[Edit]) -> Result<Ran, RunError> {
        let source = source(&[("a.txt", "one\n"), ("sub/b.txt", "two\n")]);
        self.runner
            .run(&self.order(script), &source, edits, &Stop::default())
    }

    fn order(&self, script: &str) -> Order {
        Order {
            around: Around {
                image: Some(self.image.clone()),
                ..Around::default()
            },
            ..shell(script)
        }
    }
}

/// Containers of this process that are left.
fn left() -> String {
    let Some((engine, _)) = FOUND.clone() else {
        return String::new();
    };
    let mine = format!("name=sentinel-run-{}-", std::process::id());
    let listed = Command::new(&engine[0])
        .args(&engine[1..])
        .args(["ps", "-aq", "--filter", &mine])
        .output();
    text(&listed.unwrap().stdout)
}

#[test]
fn a_command_runs_in_the_image_on_the_tree_with_the_edits() {
    let Some(here) = here(settings(Tier::Bubblewrap)) else {
        return;
    };
    let edit = Edit {
        path: "a.txt".into(),
        base: Some(Digest::of(b"one\n").hex()),
        content: EditContent::Write(b"edited\n".to_vec()),
    };
    let script = "cat a.txt sub/b.txt; id -u; ls /; echo $CI; echo made > sub/b.txt; exit 4";
    let ran = here.run(script, &[edit]).unwrap();
    assert_eq!((ran.exit, ran.tier), (Some(4), Tier::Container), "{ran:?}");
    let said = text(&ran.stdout.text());
    assert!(said.starts_with("edited\ntwo\n65534\n"), "{said}");
    assert!(
        said.ends_with("\ntrue\n") && !said.contains("root\n"),
        "{said}"
    );
    let edits: Vec<&str> = ran.edits.iter().map(|edit| edit.path.as_str()).collect();
    assert_eq!(edits, ["sub/b.txt"]);
}

#[test]
fn nothing_gets_out_of_a_container() {
    let Some(here) = here(settings(Tier::Bubblewrap)) else {
        return;
    };
    let attempts = [
        // A place of the image, of the engine, of this program.
        "touch /x",
        "touch /bin/x",
        "touch /etc/x",
        "touch /run/x",
        "touch /sentinel",
        "touch /dev/x",
        "touch /sys/x",
        // Interfaces other than the loopback.
        "ls /sys/class/net | head -n 99 > n; while read -r one; do [ \"$one\" = lo ] || exit 0; done < n; exit 1",
        // A higher user, another's memory.
        "[ \"$(id -u)\" = 0 ]",
        "cat /proc/1/environ",
        "cat /proc/1/mem",
        "ls /proc/1/fd/0",
        "while read -r key value; do [ \"$key\" = CapEff: ] && [ \"$value\" != 0000000000000000 ] && exit 0; done < /proc/self/status; exit 1",
        "while read -r key value; do [ \"$key\" = NoNewPrivs: ] && [ \"$value\" = 0 ] && exit 0; done < /proc/self/status; exit 1",
        "while read -r key value; do [ \"$key\" = Seccomp: ] && [ \"$value\" = 0 ] && exit 0; done < /proc/self/status; exit 1",
    ];
    let each = attempts
        .iter()
        .enumerate()
        .map(|(number, attempt)| format!("({attempt}) >/dev/null 2>&1 && echo escaped {number}\n"));
    let ran = here
        .run(&format!("{}echo done", each.collect::<String>()), &[])
        .unwrap();
    assert_eq!(text(&ran.stdout.text()), "done\n", "{attempts:?}");
}

#[test]
fn limits_hold_in_a_container_and_nothing_is_left() {
    let limited = |seconds| {
        let mut settings = settings(Tier::Bubblewrap);
        settings.limits.wall_seconds = seconds;
        settings
    };
    let Some(here) = here(limited(3)) else { return };
    let endless = here.run("sleep 600 & while :; do :; done", &[]).unwrap();
    assert_eq!(endless.killed, Some(Why::Time), "{endless:?}");
    let loud = here
        .run(
            "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
            &[],
        )
        .unwrap();
    assert!(
        matches!(loud.killed, Some(Why::Output | Why::Time)),
        "{:?}",
        loud.killed
    );
    let full = here.run("head -c 40000000 /dev/zero > full", &[]).unwrap();
    assert_ne!(full.exit, Some(0), "over scratch_bytes");
    let forks = here
        .run(
            "i=0; while [ $i -lt 200 ]; do sleep 2 & i=$((i+1)); done; echo all",
            &[],
        )
        .unwrap();
    assert_ne!(
        text(&forks.stdout.text()),
        "all\n",
        "over the number of processes"
    );
    assert_eq!(left(), "");
}

#[test]
fn a_container_ends_with_whoever_asked_for_it() {
    let Some(here) = here(settings(Tier::Bubblewrap)) else {
        return;
    };
    let stop = Stop::default();
    let other = stop.clone();
    let timer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        other.now();
    });
    let started = Instant::now();
    let ran = here
        .runner
        .run(&here.order("sleep 600"), &source(&[]), &[], &stop)
        .unwrap();
    timer.join().unwrap();
    assert_eq!(ran.killed, Some(Why::Cancelled));
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(left(), "");
}

#[test]
fn an_image_is_named_by_its_digest_and_never_fetched() {
    let digest = "a".repeat(64);
    let parse = |text: String| Image::try_from(text);
    assert!(parse(format!("docker.io/library/rust@sha256:{digest}")).is_ok());
    for bad in [
        "rust:1.95".to_owned(),
        "rust".to_owned(),
        format!("rust@sha256:{}", &digest[1..]),
        format!("--privileged@sha256:{digest}"),
        format!("a b@sha256:{digest}"),
        format!("@sha256:{digest}"),
    ] {
        let refused = parse(bad).unwrap_err();
        assert!(refused.contains("NAME@sha256:"), "{refused}");
    }
    let Some(here) = here(settings(Tier::Bubblewrap)) else {
        return;
    };
    let missing = Here {
        image: parse(format!("localhost/none@sha256:{digest}")).unwrap(),
        ..here
    };
    let error = missing.run("true", &[]).unwrap_err();
    assert!(matches!(error, RunError::Broken(_)), "{error}");
}

/// Where no engine is, the command is refused and not run some other way.
#[test]
fn without_an_engine_a_repository_with_an_image_runs_nothing() {
    let nothing = Settings {
        containers: vec![vec!["/nonexistent/podman".to_owned()]],
        ..settings(Tier::Bubblewrap)
    };
    let image = Image::try_from(format!("x@sha256:{}", "b".repeat(64))).unwrap();
    let here = Here {
        runner: runner(nothing),
        image,
        _alone: alone(),
    };
    let error = here.run("true", &[]).unwrap_err();
    assert!(matches!(error, RunError::NoContainer(_)), "{error}");
    assert!(
        error.to_string().contains("install podman or docker"),
        "{error}"
    );
}
