//! The files a guest may and may not see.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use sentinel::sandbox::{InputFile, InputKind, Mounts, Workspace};
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};

const SOURCE: &str = "the source";

/// What is mounted (`input`, `workspace`), and a secret beside it.
pub struct Place {
    directory: tempfile::TempDir,
    tree: Arc<Tree>,
}

/// A path, when it was changed, and its bytes or a link's target.
type File = (String, SystemTime, Vec<u8>);

impl Place {
    /// So many files are in the tree beside `src/lib.rs`; they are listed only.
    pub fn new(files: usize) -> Place {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |path: &str| directory.path().join(path);
        for made in ["input", "workspace/src", "workspace/empty"] {
            std::fs::create_dir_all(path(made)).unwrap();
        }
        std::fs::write(path("input/job.log"), "the log").unwrap();
        std::fs::write(path("workspace/src/lib.rs"), SOURCE).unwrap();
        std::fs::write(path("secret.txt"), "the secret").unwrap();
        std::os::unix::fs::symlink(path("secret.txt"), path("workspace/link")).unwrap();
        std::os::unix::fs::symlink("..", path("workspace/up")).unwrap();
        let tree = Arc::new(tree(files));
        Place { directory, tree }
    }

    pub fn mounts(&self) -> Mounts {
        let log = self.directory.path().join("input/job.log");
        let log = InputFile::open("job.log", InputKind::JobLog, &log, None).unwrap();
        let workspace = self.directory.path().join("workspace");
        Mounts {
            input: Some(vec![log]),
            workspace: Some(Workspace {
                tree: self.tree.clone(),
                files: sentinel::forge::checkout::files(&workspace).unwrap(),
            }),
        }
    }

    /// Everything there is, to see that a guest changed none of it.
    pub fn contents(&self) -> Vec<File> {
        let mut found = Vec::new();
        collect(self.directory.path(), &mut found);
        found.sort();
        found
    }
}

fn collect(directory: &Path, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        let content = match meta.file_type() {
            kind if kind.is_dir() => {
                collect(&path, found);
                Vec::new()
            }
            kind if kind.is_symlink() => {
                let target = std::fs::read_link(&path).unwrap();
                target.into_os_string().into_encoded_bytes()
            }
            _ => std::fs::read(&path).unwrap(),
        };
        let name = path.to_str().unwrap().to_owned();
        found.push((name, meta.modified().unwrap(), content));
    }
}

fn tree(files: usize) -> Tree {
    let mut tree = Tree::default();
    let file = |text: &str| Entry {
        kind: EntryKind::File,
        id: blob_id(text.as_bytes()),
        size: Some(text.len() as u64),
    };
    tree.insert("src/lib.rs".into(), file(SOURCE)).unwrap();
    for link in ["link", "up"] {
        let entry = Entry {
            kind: EntryKind::Symlink,
            ..file("..")
        };
        tree.insert(link.into(), entry).unwrap();
    }
    for number in 0..files {
        let path = format!("listed/{number:06}");
        tree.insert(path, file("")).unwrap();
    }
    tree
}
