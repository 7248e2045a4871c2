//! The repository, read.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::super::github::server::Reply;
use super::Project;
use super::routes::{Asked, not_found, refused, text};

/// What a name or an id stands for.
pub fn resolve(project: &Project, at: &str) -> Option<String> {
    let named = project.refs.get(at).cloned();
    named.or_else(|| project.objects.get_commit(at).map(|_| at.to_owned()))
}

pub fn shown(project: &Project, id: &str) -> Option<Value> {
    let commit = project.objects.get_commit(id)?;
    Some(
        json!({"id": id, "message": commit.message, "parent_ids": commit.parents,
                "author_name": commit.author}),
    )
}

pub fn branch(project: &Project, name: &str) -> Reply {
    let head = project.refs.get(name);
    match head.and_then(|id| shown(project, id)) {
        Some(commit) => {
            let protected = project
                .protected
                .iter()
                .any(|begin| name.starts_with(begin));
            let default = name == "main";
            let body = json!({"name": name, "commit": commit, "default": default,
                              "protected": protected || default});
            Reply::json(200, body)
        }
        None => not_found(),
    }
}

pub fn delete_branch(project: &mut Project, name: &str) -> Reply {
    match project.refs.remove(name) {
        Some(_) => Reply {
            status: 204,
            ..Reply::bytes("application/json", Vec::new())
        },
        None => not_found(),
    }
}

pub fn commit(project: &Project, at: &str) -> Reply {
    let found = resolve(project, at).and_then(|id| shown(project, &id));
    found.map_or_else(not_found, |commit| Reply::json(200, commit))
}

pub fn commits(project: &Project, asked: &Asked) -> Reply {
    let mut next = resolve(project, &asked.query["ref_name"]);
    let mut listed = Vec::new();
    while let Some(id) = next {
        let Some(commit) = project.objects.get_commit(&id) else {
            return not_found();
        };
        listed.push(json!({"id": id, "message": commit.message, "parent_ids": commit.parents}));
        next = commit.parents.first().cloned();
    }
    listed.truncate(asked.number("per_page", 20));
    Reply::json(200, json!(listed))
}

/// The newest of a line's commits that the other descends from too.
pub fn merge_base(project: &Project, asked: &Asked) -> Reply {
    let refs: Vec<String> = asked
        .raw_query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("refs%5B%5D=").map(str::to_owned))
        .collect();
    let [one, two] = refs.as_slice() else {
        return refused(400, "Provide at least 2 refs");
    };
    let mut next = Some(one.clone());
    while let Some(id) = next {
        let Some(commit) = project.objects.get_commit(&id) else {
            return refused(400, format!("Could not find ref: {one}"));
        };
        if project.objects.descends(two, &id) {
            return Reply::json(200, shown(project, &id).unwrap());
        }
        next = commit.parents.first().cloned();
    }
    not_found()
}

pub fn blob(project: &Project, id: &str) -> Reply {
    match project.objects.get_blob(id) {
        Some(blob) => text(blob.to_vec()),
        None => not_found(),
    }
}

/// A file's headers.
pub fn file(project: &Project, asked: &Asked, path: &str) -> Reply {
    let at = resolve(project, &asked.query["ref"]);
    let found = at.and_then(|at| {
        let (mode, id) = project.objects.flat(&at)?.get(path)?.clone();
        Some((mode, id, last_commit(project, &at, path)?))
    });
    let Some((mode, id, last)) = found else {
        return not_found();
    };
    Reply::bytes("application/json", Vec::new())
        .header("x-gitlab-blob-id", id)
        .header("x-gitlab-last-commit-id", last)
        .header("x-gitlab-execute-filemode", (mode == "100755").to_string())
}

/// The commit that last changed a path.
pub fn last_commit(project: &Project, at: &str, path: &str) -> Option<String> {
    let entry = |id: &str| project.objects.flat(id)?.get(path).cloned();
    let mut id = resolve(project, at)?;
    let here = entry(&id)?;
    loop {
        let parent = project.objects.get_commit(&id)?.parents.first().cloned();
        match parent {
            Some(parent) if entry(&parent).as_ref() == Some(&here) => id = parent,
            _ => return Some(id),
        }
    }
}

pub fn tree(project: &Project, asked: &Asked) -> Reply {
    let Some(mut listed) = project.objects.list(&asked.query["ref"]) else {
        return not_found();
    };
    if asked.query.get("recursive").map(String::as_str) != Some("true") {
        listed.retain(|(path, _)| !path.contains('/'));
    }
    if let Some(wrong) = &project.wrong_directory {
        let named = listed.iter_mut().find(|(path, _)| path == wrong);
        named.unwrap().1.id = "1".repeat(40);
    }
    let per_page = asked.number("per_page", 20).min(100);
    let from = asked.number("page_token", 0);
    let items: Vec<Value> = listed
        .iter()
        .skip(from)
        .take(per_page)
        .map(|(path, item)| {
            json!({"id": item.id, "name": item.name, "type": item.kind(), "path": path,
                   "mode": item.mode})
        })
        .collect();
    let answer = Reply::json(200, json!(items));
    let next = from + per_page;
    match next < listed.len() {
        true => {
            let link = format!(
                "<http://elsewhere.example{}?page_token={next}&x=1>; rel=\"next\"",
                asked.path
            );
            answer.header("link", link)
        }
        false => answer,
    }
}

pub fn archive(project: &Project, asked: &Asked) -> Reply {
    let Some(flat) = project.objects.flat(&asked.query["sha"]) else {
        return not_found();
    };
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, (mode, id)) in flat {
        let Some(blob) = project.objects.get_blob(&id) else {
            continue;
        };
        if !mode.starts_with("100") || project.not_exported.contains(&path) {
            continue;
        }
        let mut header = tar::Header::new_ustar();
        header.set_size(blob.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("project-sha-sha/{path}"), blob)
            .unwrap();
    }
    text(builder.into_inner().unwrap().finish().unwrap())
}

/// What lies between two commits.
pub fn compare(project: &Project, asked: &Asked) -> Reply {
    let (from, to) = (&asked.query["from"], &asked.query["to"]);
    let diff = |(path, status): (String, &str)| {
        json!({"old_path": path, "new_path": path, "new_file": status == "added",
               "deleted_file": status == "removed", "renamed_file": false, "diff": "@@"})
    };
    let differences = project.objects.differences(from, to).into_iter();
    let diffs: Vec<Value> = differences.map(diff).collect();
    let commits = vec![json!({"id": to, "message": "x"}); project.objects.first_parents(to, from)];
    Reply::json(
        200,
        json!({"commits": commits, "diffs": diffs, "compare_timeout": false}),
    )
}
