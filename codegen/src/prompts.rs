//! `prompts.yaml` beside an API's document: the jobs that people bring, in words, with the tools
//! that do them.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Prompt, PromptArgument};
use crate::load::Document;
use crate::pointer::Trail;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    prompts: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: String,
    description: String,
    #[serde(default)]
    arguments: Vec<Argument>,
    tools: Vec<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    name: String,
    description: String,
    #[serde(default)]
    required: bool,
}

/// Reads the prompts into an API whose tools have their names: a tool or an argument that a prompt
/// names and that is not there is an error with its pointer.
pub(crate) fn read(document: Document, api: &mut Api, diags: &mut Diagnostics) {
    let Document { file, root } = document;
    let read = serde_path_to_error::deserialize::<_, File>(root);
    let entries = match read {
        Ok(File { prompts }) => prompts,
        Err(error) => {
            let at = error.path().to_string();
            let message = format!("at `{at}`: {}", error.into_inner());
            diags.error("prompt", &file, Trail::root(), message);
            return;
        }
    };
    let tools: BTreeSet<&str> = api
        .operations
        .iter()
        .filter_map(|operation| Some(operation.tool.as_ref()?.name.as_str()))
        .collect();
    let mut names = BTreeSet::new();
    let root = Trail::root();
    let list = root.key("prompts");
    for (index, entry) in entries.iter().enumerate() {
        let trail = list.index(index);
        if !is_name(&entry.name) {
            let message = format!("`{}` is not [a-z0-9_]", entry.name);
            diags.error("prompt", &file, trail.key("name"), message);
        }
        if !names.insert(entry.name.as_str()) {
            let message = format!("two prompts are called `{}`", entry.name);
            diags.error("prompt", &file, trail.key("name"), message);
        }
        check_tools(entry, &tools, &file, &trail, diags);
        check_arguments(entry, &file, &trail, diags);
    }
    api.prompts = entries.into_iter().map(lower).collect();
}

/// Tools that are required exist, and those that the text names are required.
fn check_tools(
    entry: &Entry,
    tools: &BTreeSet<&str>,
    file: &str,
    trail: &Trail<'_>,
    diags: &mut Diagnostics,
) {
    for (index, tool) in entry.tools.iter().enumerate() {
        if !tools.contains(tool.as_str()) {
            let message = format!("`{tool}` is no tool");
            diags.error("prompt", file, trail.key("tools").index(index), message);
        }
    }
    for word in entry.text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
    {
        let begins = |start: &&str| word.starts_with(*start);
        let looks_like_one =
            ["list_all_", "get_single_", "create_a_", "update_a_", "delete_a_"].iter().any(begins);
        if (looks_like_one || tools.contains(word)) && !entry.tools.iter().any(|tool| tool == word)
        {
            let message = format!("it names `{word}`, which is not among its tools");
            diags.error("prompt", file, trail.key("text"), message);
        }
    }
}

/// Every `{place}` is an argument, and every argument has a place.
fn check_arguments(entry: &Entry, file: &str, trail: &Trail<'_>, diags: &mut Diagnostics) {
    let places: BTreeSet<&str> =
        entry.text.split('{').skip(1).filter_map(|after| Some(after.split_once('}')?.0)).collect();
    let declared: BTreeSet<&str> =
        entry.arguments.iter().map(|argument| argument.name.as_str()).collect();
    for place in places.difference(&declared) {
        let message = format!("`{{{place}}}` is no argument");
        diags.error("prompt", file, trail.key("text"), message);
    }
    for name in declared.difference(&places) {
        let message = format!("the text has no place for `{name}`: write {{{name}}}");
        diags.error("prompt", file, trail.key("arguments"), message);
    }
}

fn lower(entry: Entry) -> Prompt {
    let Entry { name, title, description, arguments, tools, text } = entry;
    let arguments = arguments
        .into_iter()
        .map(|Argument { name, description, required }| PromptArgument {
            name,
            description,
            required,
        })
        .collect();
    let tools = tools.into_iter().map(Into::into).collect();
    Prompt { name, title, description, arguments, tools, text: text.trim_end().to_owned() }
}

fn is_name(name: &str) -> bool {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}
