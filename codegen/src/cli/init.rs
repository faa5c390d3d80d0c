//! `codegen init NAME FILE`: everything that makes a document one of the repository's APIs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::ir::{Api, Operation};
use codegen::load::{self, Document};
use codegen::normalise::normalise;
use codegen::{Layout, Options, pointer};

use super::repository::Repository;
use super::{Init, Regenerate, regenerate, say, say_error};

/// Adds the API, then regenerates.
pub(super) fn run(asked: &Init) -> anyhow::Result<ExitCode> {
    let repository = Repository::find(asked.root.as_deref())?;
    let name = &asked.name;
    let folder = repository.root.join("specs").join(name);
    if folder.exists() {
        bail!("specs/{name} is there already");
    }
    // Without one, nothing was built yet that a name could clash with.
    let lock = std::fs::read_to_string(repository.root.join("Cargo.lock")).unwrap_or_default();
    if is_package(&lock, name) {
        bail!(
            "{name} is the name of a crate that the program is made of already: choose another one"
        );
    }
    let Some(start) = start(&asked.file, name)? else {
        return Ok(ExitCode::from(2));
    };
    // Every edit is worked out before the first is made.
    let edits = [
        edit(&repository, "Cargo.toml", |text| workspace(text, name))?,
        edit(&repository, "runtime/server/Cargo.toml", |text| dependency(text, name))?,
        edit(&repository, "runtime/server/src/apis.rs", |text| list(text, name))?,
    ];
    std::fs::create_dir_all(&folder).context(folder.display().to_string())?;
    put(&folder.join("openapi.yaml"), &start.document)?;
    put(&folder.join("overlay.yaml"), &start.overlay)?;
    for (path, text) in edits {
        put(&repository.root.join(path), &text)?;
    }
    say(&format!("specs/{name} is made; name tools, tags and limits in its overlay.yaml"));
    regenerate::run(&Regenerate {
        check: false,
        accept_renames: false,
        verbose: false,
        root: Some(repository.root),
    })
}

/// Whether a lock file lists a package that Rust code would call by this name.
fn is_package(lock: &str, name: &str) -> bool {
    lock.lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .any(|package| package.replace('-', "_") == name)
}

/// What `specs/` gets.
struct Start {
    document: String,
    overlay: String,
}

/// The document and its overlay. A document with faults is kept as it is understood, since our own
/// are read strictly; names that are too long for our own tools are shortened in the overlay.
fn start(file: &Path, name: &str) -> anyhow::Result<Option<Start>> {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let Some(read) = load::load(file, &mut diags) else {
        say_error(diags.render(Severity::Error).trim_end());
        return Ok(None);
    };
    let title = read.root["info"]["title"].as_str().unwrap_or(name).to_owned();
    let options = |mode| Options {
        mode,
        name: name.to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let (output, found) = codegen::generate(read.clone(), None, &options(Mode::Lenient));
    let Some(output) = output else {
        say_error(found.render(Severity::Error).trim_end());
        return Ok(None);
    };
    let overlay = overlay(name, &title, &output.api);
    let changes = load::parse("overlay.yaml", overlay.as_bytes(), &mut diags);
    let faults = |document: &Document| {
        let (_, found) =
            codegen::generate(document.clone(), changes.clone(), &options(Mode::Strict));
        found.has_errors().then(|| found.render(Severity::Error))
    };
    if faults(&read).is_none() {
        let is_json = file.extension().is_some_and(|extension| extension == "json");
        let document = if is_json {
            serde_yaml::to_string(&read.root)?
        } else {
            std::fs::read_to_string(file)?
        };
        return Ok(Some(Start { document, overlay }));
    }
    let Some(done) = normalise(read, Mode::Lenient, &mut diags) else {
        return Ok(None);
    };
    let repaired = Document { file: done.file, root: done.root };
    say_error(diags.render(Severity::Warning).trim_end());
    if let Some(faults) = faults(&repaired) {
        say_error(faults.trim_end());
        say_error("the document has faults that cannot be repaired here");
        return Ok(None);
    }
    say("the document has faults: specs/ gets it as it is understood, see above");
    let document = serde_yaml::to_string(&repaired.root)?;
    Ok(Some(Start { document, overlay }))
}

fn overlay(name: &str, title: &str, api: &Api) -> String {
    let quoted = serde_json::Value::from(title);
    let mut text = format!(
        "# How operations become tools. Every action must match something; the keys of x-drawbridge are closed.\n\
         overlay: 1.0.0\n\
         info: {{title: {quoted}, version: \"1\"}}\n\
         actions:\n  \
           - target: $\n    \
             update:\n      \
               x-drawbridge: {{slug: {name}, title: {quoted}}}\n"
    );
    for (operation, short) in shortened(name, api) {
        if let Some(target) = target(operation) {
            let _ = writeln!(
                text,
                "  - target: {target}\n    update:\n      x-drawbridge: {{tool: {short}}}"
            );
        }
    }
    let example = api
        .operations
        .iter()
        .find_map(|operation| Some((target(operation)?, operation.tool.as_ref()?)));
    if let Some((target, tool)) = example {
        let tags = tool.tags.join(", ");
        let _ = writeln!(
            text,
            "  # What a tool is by rule can be said otherwise, operation by operation; tools.lock names them all. This one is:\n  \
             # - target: {target}\n  \
             #   update:\n  \
             #     x-drawbridge: {{tool: {}, method: {}, tags: [{tags}]}}",
            tool.name, tool.method
        );
    }
    text
}

/// The JSONPath of an operation, quoted for YAML.
fn target(operation: &Operation) -> Option<serde_json::Value> {
    let tokens: Vec<_> = pointer::tokens(&operation.pointer).collect();
    let [_, path, method] = tokens.as_slice() else {
        return None;
    };
    let path = path.replace('\\', "\\\\").replace('\'', "\\'");
    Some(format!("$.paths['{path}'].{method}").into())
}

/// Operations whose tool names are too long for our own APIs, with names that are not: words
/// between the API's name and the last ones go first.
fn shortened<'a>(name: &str, api: &'a Api) -> Vec<(&'a Operation, String)> {
    const LONGEST: usize = 48;
    let mut taken: BTreeSet<String> = api
        .operations
        .iter()
        .filter_map(|operation| Some(operation.tool.as_ref()?.name.to_string()))
        .collect();
    let mut found = Vec::new();
    for operation in &api.operations {
        let Some(tool) = operation.tool.as_ref().filter(|tool| tool.name.as_str().len() > LONGEST)
        else {
            continue;
        };
        let (head, rest) =
            tool.name.as_str().split_once(&format!("{name}_")).unwrap_or(("", tool.name.as_str()));
        let words: Vec<&str> = rest.split('_').collect();
        #[expect(clippy::maybe_infinite_iter, reason = "only so many names are taken")]
        let short = (0..words.len())
            .map(|skipped| format!("{head}{name}_{}", words[skipped..].join("_")))
            .chain((2..).map(|number| format!("{head}{name}_operation_{number}")))
            .find(|short| short.len() <= LONGEST && !taken.contains(short));
        if let Some(short) = short {
            taken.insert(short.clone());
            found.push((operation, short));
        }
    }
    found
}

fn edit(
    repository: &Repository,
    path: &'static str,
    change: impl FnOnce(&str) -> Option<String>,
) -> anyhow::Result<(&'static str, String)> {
    let text = std::fs::read_to_string(repository.root.join(path)).context(path)?;
    let text =
        change(&text).with_context(|| format!("{path} is not as expected: add the API by hand"))?;
    Ok((path, text))
}

fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).context(path.display().to_string())
}

/// Adds the member and the dependency to the workspace's manifest.
fn workspace(text: &str, name: &str) -> Option<String> {
    let member = format!("    \"generated/{name}\",");
    let text =
        insert(text, "members = [", &member, |line| line.trim_start().starts_with("\"generated/"))?;
    let dependency = format!(
        "{name} = {{ path = \"generated/{name}\", default-features = false, features = [\"tools\"] }}"
    );
    insert(&text, "[workspace.dependencies]", &dependency, |line| {
        line.contains("{ path = \"generated/")
    })
}

/// Adds the dependency to the server's manifest.
fn dependency(text: &str, name: &str) -> Option<String> {
    let line = format!("{name}.workspace = true");
    insert(text, "[dependencies]", &line, |line| line.ends_with(".workspace = true"))
}

/// Inserts a line in order among its like, which stand somewhere after a heading; right after
/// the heading when there are none.
fn insert(text: &str, heading: &str, line: &str, is_peer: impl Fn(&str) -> bool) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|candidate| *candidate == heading)? + 1;
    let end = lines[start..]
        .iter()
        .position(|candidate| candidate.starts_with(['[', ']']))
        .map_or(lines.len(), |length| start + length);
    let at = (start..end)
        .rfind(|index| is_peer(lines[*index]) && lines[*index] < line)
        .map(|index| index + 1)
        .or_else(|| (start..end).find(|index| is_peer(lines[*index])))
        .unwrap_or(start);
    let mut changed: Vec<&str> = lines;
    changed.insert(at, line);
    Some(changed.join("\n") + "\n")
}

/// Adds the API to the list that the server serves.
fn list(text: &str, name: &str) -> Option<String> {
    let function = text.find("pub fn apis()")?;
    let body = function + text[function..].find('{')?;
    let start = body + text[body..].find("= &[")? + 4;
    let end = start + text[start..].find(']')?;
    let mut items: Vec<String> = text[start..end]
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect();
    items.push(format!("&{name}::API"));
    items.sort();
    Some(format!("{}{}{}", &text[..start], items.join(", "), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_gets_member_and_dependency_in_order() {
        let before = "[workspace]\nmembers = [\n    \"codegen\",\n    \"generated/a\",\n    \"generated/c\",\n    \"tests\",\n]\n\n[workspace.dependencies]\na = { path = \"generated/a\" }\nserde = \"1\"\n";
        let after = "[workspace]\nmembers = [\n    \"codegen\",\n    \"generated/a\",\n    \"generated/b\",\n    \"generated/c\",\n    \"tests\",\n]\n\n[workspace.dependencies]\na = { path = \"generated/a\" }\nb = { path = \"generated/b\", default-features = false, features = [\"tools\"] }\nserde = \"1\"\n";
        assert_eq!(workspace(before, "b").as_deref(), Some(after));
    }

    #[test]
    fn the_name_of_a_package_is_taken() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(
            ["runtime", "support", "serde_json", "proc_macro2"]
                .iter()
                .all(|name| is_package(lock, name))
        );
        assert!(!is_package(lock, "zebra"));
    }

    #[test]
    fn the_server_gets_the_dependency_and_the_list_entry() {
        assert_eq!(
            dependency("[dependencies]\na.workspace = true\nc.workspace = true\n\n[lints]\n", "b")
                .as_deref(),
            Some(
                "[dependencies]\na.workspace = true\nb.workspace = true\nc.workspace = true\n\n[lints]\n"
            )
        );
        assert_eq!(
            list("pub fn apis() -> &'static [&'static Api] {\n    static APIS: &[&Api] = &[&a::API, &c::API];\n", "b").as_deref(),
            Some("pub fn apis() -> &'static [&'static Api] {\n    static APIS: &[&Api] = &[&a::API, &b::API, &c::API];\n")
        );
        let served =
            list(include_str!("../../../runtime/server/src/apis.rs"), "zebra").expect("a list");
        assert!(served.contains("&torii::API, &zebra::API];"), "{served}");
        assert_eq!(list("fn none() {}", "b"), None);
    }
}
