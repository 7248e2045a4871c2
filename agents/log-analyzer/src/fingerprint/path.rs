//! Paths as the repository knows them.

/// A directory in which CI systems check out, and how many parts below it
/// name the checkout. The longest ones first.
const ROOTS: [(&str, usize); 19] = [
    ("/home/runner/work/", 2),
    ("/Users/runner/work/", 2),
    ("/home/vsts/work/", 2),
    ("/Users/vsts/agent/work/", 2),
    ("/runner/_work/", 2),
    ("/_work/", 2),
    ("/github/workspace/", 0),
    ("/__w/", 2),
    (":/a/", 2),
    ("/travis/build/", 2),
    ("/home/circleci/project/", 0),
    ("/home/circleci/repo/", 0),
    ("/builds/workspace/", 1),
    ("/builds/", 2),
    ("/jenkins/workspace/", 1),
    ("/workspace/", 1),
    ("/checkout/", 0),
    ("/usr/src/app/", 0),
    ("/app/", 0),
];

/// Directories whose next part is a person's.
const HOMES: [&str; 2] = ["/home/", "/Users/"];

/// Directories below which all names are made up, but perhaps the last.
const TEMPORARY: [&str; 4] = ["/tmp/", "/temp/", "/Temp/", "/var/folders/"];

/// The path inside the repository: without the directories in which CI
/// systems check out, which differ from machine to machine. Of a path outside
/// all of them what is left when the machine's part is gone.
pub fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    if !path.starts_with('/') && path.as_bytes().get(1) != Some(&b':') {
        return path.to_owned();
    }
    for (root, parts) in ROOTS {
        if let Some(at) = path.find(root) {
            return below(&path[at + root.len()..], parts).to_owned();
        }
    }
    if TEMPORARY.iter().any(|root| path.contains(root)) {
        return temporary(path);
    }
    let home = HOMES
        .iter()
        .find_map(|root| Some(path.find(root)? + root.len()));
    tail_of(home.map_or(path, |at| below(&path[at..], 1)))
}

/// The name of a temporary file, if somebody thought it up.
fn temporary(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let made_up = name.starts_with("tmp") || name.starts_with("temp") || !name.contains('.');
    format!("tmp/{}", if made_up { "" } else { name })
}

/// What is left of a path without its first parts; the last one stays.
fn below(path: &str, parts: usize) -> &str {
    path.splitn(parts + 1, '/').last().unwrap_or(path)
}

/// Of a path that nothing is known about the last parts, and no numbers in
/// their directories: versions and runs are in the front.
fn tail_of(path: &str) -> String {
    const PARTS: usize = 3;
    let parts: Vec<&str> = path.split('/').collect();
    let (name, directories) = parts
        .split_last()
        .map_or(("", &[][..]), |(last, rest)| (*last, rest));
    let kept = directories
        .iter()
        .skip(directories.len().saturating_sub(PARTS - 1));
    let mut tail: String = kept
        .map(|part| part.trim_matches(|c: char| c.is_ascii_digit()).to_owned() + "/")
        .collect();
    tail.push_str(name);
    tail
}
