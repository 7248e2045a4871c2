//! Git objects with the ids git gives them, written from git's own format and
//! not with the code under test.

use std::collections::BTreeMap;

use sha1::{Digest as _, Sha1};

pub type Id = String;

#[derive(Debug, Clone)]
pub enum Object {
    Blob(Vec<u8>),
    Tree(Vec<Item>),
    Commit(Commit),
}

/// One line of a tree: mode, name, id.
#[derive(Debug, Clone)]
pub struct Item {
    pub mode: String,
    pub name: String,
    pub id: Id,
}

impl Item {
    pub fn kind(&self) -> &'static str {
        match self.mode.as_str() {
            "040000" => "tree",
            "160000" => "commit",
            _ => "blob",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Commit {
    pub tree: Id,
    pub parents: Vec<Id>,
    pub message: String,
    pub author: String,
    /// Seconds; every commit has its own, as on a real forge.
    pub time: u64,
    /// GitHub signed it: an App made it and named no author.
    pub verified: bool,
}

/// A tree as people see it: paths to (mode, id), directories left out.
pub type Flat = BTreeMap<String, (String, Id)>;

#[derive(Default)]
pub struct Objects {
    all: BTreeMap<Id, Object>,
}

fn id_of(kind: &str, content: &[u8]) -> Id {
    let mut hasher = Sha1::new();
    hasher.update(format!("{kind} {}\0", content.len()));
    hasher.update(content);
    hex::encode(hasher.finalize())
}

impl Objects {
    pub fn blob(&mut self, bytes: Vec<u8>) -> Id {
        let id = id_of("blob", &bytes);
        self.all.insert(id.clone(), Object::Blob(bytes));
        id
    }

    pub fn tree(&mut self, mut items: Vec<Item>) -> Id {
        // Git sorts a directory as if its name ended in a slash.
        items.sort_by_key(|item| match item.kind() {
            "tree" => format!("{}/", item.name),
            _ => item.name.clone(),
        });
        let mut content = Vec::new();
        for item in &items {
            let mode = item.mode.trim_start_matches('0');
            content.extend_from_slice(format!("{mode} {}\0", item.name).as_bytes());
            content.extend_from_slice(&hex::decode(&item.id).expect("an id"));
        }
        let id = id_of("tree", &content);
        self.all.insert(id.clone(), Object::Tree(items));
        id
    }

    pub fn commit(&mut self, commit: Commit) -> Id {
        let parents: String = commit
            .parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect();
        let who = format!(
            "{} <{}@example.com> {} +0000",
            commit.author, commit.author, commit.time
        );
        let content = format!(
            "tree {}\n{parents}author {who}\ncommitter {who}\n\n{}",
            commit.tree, commit.message
        );
        let id = id_of("commit", content.as_bytes());
        self.all.insert(id.clone(), Object::Commit(commit));
        id
    }

    /// Writes all directories of a flat tree and answers with the root's id.
    pub fn write(&mut self, flat: &Flat) -> Id {
        let mut items = Vec::new();
        let mut below: BTreeMap<String, Flat> = BTreeMap::new();
        for (path, (mode, id)) in flat {
            match path.split_once('/') {
                None => items.push(Item {
                    mode: mode.clone(),
                    name: path.clone(),
                    id: id.clone(),
                }),
                Some((directory, rest)) => {
                    let directory = below.entry(directory.to_owned()).or_default();
                    directory.insert(rest.to_owned(), (mode.clone(), id.clone()));
                }
            }
        }
        for (name, flat) in below {
            let id = self.write(&flat);
            let mode = "040000".into();
            items.push(Item { mode, name, id });
        }
        self.tree(items)
    }

    pub fn get_blob(&self, id: &str) -> Option<&[u8]> {
        match self.all.get(id)? {
            Object::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn get_tree(&self, id: &str) -> Option<&[Item]> {
        match self.all.get(id)? {
            Object::Tree(items) => Some(items),
            // GitHub takes a commit's id for its tree's.
            Object::Commit(commit) => self.get_tree(&commit.tree),
            Object::Blob(_) => None,
        }
    }

    pub fn get_commit(&self, id: &str) -> Option<&Commit> {
        match self.all.get(id)? {
            Object::Commit(commit) => Some(commit),
            _ => None,
        }
    }

    /// Every entry below a tree, directories included, in git's order.
    pub fn list(&self, id: &str) -> Option<Vec<(String, Item)>> {
        let mut listed = Vec::new();
        self.list_below(id, "", &mut listed)?;
        Some(listed)
    }

    fn list_below(&self, id: &str, prefix: &str, into: &mut Vec<(String, Item)>) -> Option<()> {
        for item in self.get_tree(id)? {
            let path = format!("{prefix}{}", item.name);
            into.push((path.clone(), item.clone()));
            if item.kind() == "tree" {
                self.list_below(&item.id, &format!("{path}/"), into)?;
            }
        }
        Some(())
    }

    pub fn flat(&self, id: &str) -> Option<Flat> {
        let listed = self.list(id)?.into_iter();
        let files = listed.filter(|(_, item)| item.kind() != "tree");
        Some(
            files
                .map(|(path, item)| (path, (item.mode, item.id)))
                .collect(),
        )
    }

    /// The newest commit below `head`, by first parents, that `base` has too.
    pub fn parted(&self, base: &str, head: &str) -> Option<Id> {
        let mut next = Some(head.to_owned());
        while let Some(id) = next {
            if self.descends(base, &id) {
                return Some(id);
            }
            next = self.get_commit(&id)?.parents.first().cloned();
        }
        None
    }

    /// Commits from `head` down to `base`, by first parents.
    pub fn first_parents(&self, head: &str, base: &str) -> usize {
        let mut count = 0;
        let mut next = Some(head.to_owned());
        while let Some(id) = next.filter(|id| id != base) {
            count += 1;
            next = self
                .get_commit(&id)
                .and_then(|commit| commit.parents.first().cloned());
        }
        count
    }

    /// The paths in which two commits differ, in a forge's words.
    pub fn differences(&self, base: &str, head: &str) -> Vec<(String, &'static str)> {
        let of = |id: &str| self.flat(id).unwrap_or_default();
        let (before, after) = (of(base), of(head));
        let paths: std::collections::BTreeSet<&String> =
            before.keys().chain(after.keys()).collect();
        let status = |path: &String| match (before.get(path), after.get(path)) {
            (None, _) => Some("added"),
            (Some(_), None) => Some("removed"),
            (old, new) => (old != new).then_some("modified"),
        };
        let differ = paths.into_iter();
        differ
            .filter_map(|path| Some((path.clone(), status(path)?)))
            .collect()
    }

    /// Whether `ancestor` is reachable from `id`.
    pub fn descends(&self, id: &str, ancestor: &str) -> bool {
        let mut open = vec![id.to_owned()];
        while let Some(id) = open.pop() {
            if id == ancestor {
                return true;
            }
            if let Some(commit) = self.get_commit(&id) {
                open.extend(commit.parents.iter().cloned());
            }
        }
        false
    }
}
