//! Imports between the rooms of a crate point one way.

use std::collections::{BTreeMap, BTreeSet};

use super::{files, is_test, program};

/// The rooms of the server that a call passes through, lowest first: none imports one that stands
/// behind it.
const WAY: [&str; 11] = [
    "tools", "toolset", "call_log", "call", "vendors", "mcp", "app", "admin", "sign_in", "pages",
    "endpoint",
];

/// What each file of a crate imports from other rooms: first parts of `crate::` paths.
fn imports(folder: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let sources = files(folder, &[".rs"]);
    let rooms: BTreeSet<String> = sources.iter().map(|(path, _)| room(folder, path)).collect();
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path)) {
        let own = room(folder, path);
        if ["lib", "main"].contains(&own.as_str()) {
            continue;
        }
        let code = program(text);
        for (index, _) in code.match_indices("crate::") {
            for name in imported(&code[index + "crate::".len()..]) {
                if rooms.contains(&name) && name != own {
                    found.entry(own.clone()).or_default().insert(name, path.clone());
                }
            }
        }
    }
    found
}

fn room(folder: &str, path: &str) -> String {
    let below = path.strip_prefix(folder).unwrap().trim_start_matches('/');
    below.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// The rooms that a path behind `crate::` names: one, or those of a list in braces.
fn imported(path: &str) -> Vec<String> {
    let word = |text: &str| {
        let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let Some(list) = path.strip_prefix('{') else { return vec![word(path)] };
    let mut depth = 0;
    let mut found = vec![word(list.trim_start())];
    for (index, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(word(list[index + 1..].trim_start())),
            _ => {}
        }
    }
    found
}

#[test]
fn a_call_passes_the_rooms_of_the_server_one_way() {
    let imports = imports("runtime/server/src");
    let rank = |room: &str| WAY.iter().position(|one| *one == room);
    let mut wrong = Vec::new();
    for (room, others) in &imports {
        for (other, file) in others {
            if let (Some(own), Some(above)) = (rank(room), rank(other))
                && above > own
            {
                wrong.push(format!("{file} imports crate::{other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the way {WAY:?}:\n{}", wrong.join("\n"));
}

#[test]
fn no_two_rooms_import_each_other() {
    for folder in ["runtime/server/src", "runtime/upstream/src", "runtime/sandbox/src"] {
        let imports = imports(folder);
        for (room, others) in &imports {
            for (other, file) in others {
                let back = imports.get(other).and_then(|back| back.get(room));
                if let Some(back) = back {
                    panic!("{file} imports crate::{other}, and {back} crate::{room}");
                }
            }
        }
    }
}

/// The rooms whose imports lead into a circle: those that are left when whoever imports none of the
/// others is taken away, again and again.
fn circling(imports: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeSet<&str> {
    let mut left: BTreeSet<&str> = imports.keys().map(String::as_str).collect();
    loop {
        let before = left.len();
        let still = left.clone();
        left.retain(|room| imports[*room].keys().any(|other| still.contains(other.as_str())));
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn no_imports_of_the_sandbox_lead_back() {
    let imports = imports("runtime/sandbox/src");
    assert_eq!(circling(&imports), BTreeSet::new());
    let import = |from: &str, to: &str| {
        (from.to_owned(), BTreeMap::from([(to.to_owned(), "file".to_owned())]))
    };
    let known =
        BTreeMap::from([import("a", "b"), import("b", "c"), import("c", "a"), import("d", "a")]);
    assert_eq!(circling(&known), BTreeSet::from(["a", "b", "c", "d"]));
}

#[test]
fn lists_of_imports_are_read() {
    assert_eq!(imported("call::Outcome;"), ["call"]);
    assert_eq!(imported("{app, tools::{Tool, x}, work};"), ["app", "tools", "work"]);
}
