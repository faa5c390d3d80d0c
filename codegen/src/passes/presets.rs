//! Presets: what they name is there, each exposes something, and none is taken for another.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Operation, Preset, Tool};
use crate::pointer::Trail;

/// The presets that every API has and that are therefore nobody's own.
const GENERIC: [&str; 3] = ["read_only", "everything", "custom"];
/// The words that stand for several methods, and the methods that every API has.
const COMMON_METHODS: [&str; 8] =
    ["read", "write", "custom", "list", "get", "create", "update", "delete"];
/// The longest key, in characters.
const LONGEST_KEY: usize = 32;
/// The longest title and description, in characters: a preset is a card among others.
const LONGEST_TITLE: usize = 24;
const LONGEST_DESCRIPTION: usize = 60;
/// How much of two names must be alike for one to be a slip of the other.
const CLOSE_ENOUGH: f32 = 0.6;

/// Leaves out, with a diagnostic each, the presets that cannot be offered.
pub(super) fn resolve(api: &mut Api, diags: &mut Diagnostics) {
    let presets = std::mem::take(&mut api.presets);
    let known = Known::of(api);
    let root = Trail::root();
    let extension = root.key("x-drawbridge");
    let list = extension.key("presets");
    let mut good = vec![true; presets.len()];
    for (index, preset) in presets.iter().enumerate() {
        let trail = list.index(index);
        let mut fault = |pointer: &dyn Display, message: String| {
            good[index] = false;
            diags.fault("preset", &api.file, pointer, message);
        };
        words(preset, &trail, &mut fault);
        distinct(preset, &presets[..index], &trail, &mut fault);
        let named = known.names(preset, &trail, &mut fault);
        if named && !tools(api).any(|(operation, tool)| admits(preset, operation, tool)) {
            fault(&trail, "it exposes no tool: none passes all of what it says".to_owned());
        }
    }
    let good = presets.into_iter().zip(good).filter_map(|(preset, good)| good.then_some(preset));
    api.presets = good.collect();
}

type Fault<'f> = dyn FnMut(&dyn Display, String) + 'f;

/// What people read of it fits on a card.
fn words(preset: &Preset, trail: &Trail<'_>, fault: &mut Fault<'_>) {
    let key = &preset.key;
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if key.is_empty() || key.len() > LONGEST_KEY || !key.chars().all(fits) {
        let message = format!("`{key}` is not [a-z0-9_] of at most {LONGEST_KEY} characters");
        fault(&trail.key("key"), message);
    }
    if GENERIC.contains(&key.as_str()) {
        fault(&trail.key("key"), format!("`{key}` is a preset that every API has"));
    }
    for (member, text, most) in [
        ("title", &preset.title, LONGEST_TITLE),
        ("description", &preset.description, LONGEST_DESCRIPTION),
    ] {
        let length = text.chars().count();
        if text.trim().is_empty() || length > most {
            let message = format!("has {length} characters; expected are 1 to {most}");
            fault(&trail.key(member), message);
        }
    }
}

/// No preset before it has its key or its title.
fn distinct(preset: &Preset, before: &[Preset], trail: &Trail<'_>, fault: &mut Fault<'_>) {
    let title = |preset: &Preset| preset.title.to_lowercase();
    if before.iter().any(|other| other.key == preset.key) {
        fault(&trail.key("key"), format!("two presets have the key `{}`", preset.key));
    }
    if before.iter().any(|other| title(other) == title(preset)) {
        fault(&trail.key("title"), format!("two presets have the title `{}`", preset.title));
    }
}

/// The names that a preset may use.
struct Known<'a> {
    methods: BTreeSet<&'a str>,
    tags: BTreeSet<&'a str>,
    tools: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(api: &'a Api) -> Self {
        Self {
            methods: COMMON_METHODS
                .into_iter()
                .chain(tools(api).map(|(_, tool)| tool.method.as_str()))
                .collect(),
            tags: tools(api).flat_map(|(_, tool)| &tool.tags).map(String::as_str).collect(),
            tools: tools(api).map(|(_, tool)| tool.name.as_str()).collect(),
        }
    }

    /// Whether all that a preset names is there.
    fn names(&self, preset: &Preset, trail: &Trail<'_>, fault: &mut Fault<'_>) -> bool {
        let mut good = true;
        for (member, what, given, known) in [
            ("methods", "method", preset.methods.as_ref(), &self.methods),
            ("tags", "tag", preset.tags.as_ref(), &self.tags),
            ("allow", "tool", preset.allow.as_ref(), &self.tools),
            ("deny", "tool", preset.deny.as_ref(), &self.tools),
        ] {
            let trail = trail.key(member);
            let Some(given) = given else { continue };
            if given.is_empty() {
                good = false;
                fault(&trail, "is empty; leave it out to let everything through".to_owned());
            }
            for (index, name) in given.iter().enumerate() {
                if !known.contains(name.as_str()) {
                    good = false;
                    let message = format!("`{name}` is no {what}{}", hint(name, known));
                    fault(&trail.index(index), message);
                }
            }
        }
        good
    }
}

/// The name that was probably meant.
fn hint(name: &str, known: &BTreeSet<&str>) -> String {
    let known: Vec<&str> = known.iter().copied().collect();
    let close = similar::get_close_matches(name, &known, 1, CLOSE_ENOUGH);
    close.first().map(|close| format!("; did you mean `{close}`?")).unwrap_or_default()
}

fn tools(api: &Api) -> impl Iterator<Item = (&Operation, &Tool)> {
    let operations = api.operations.iter();
    operations.filter_map(|operation| Some((operation, operation.tool.as_ref()?)))
}

/// Whether a server with the preset's filter lists a tool: methods and tags, names that are allowed,
/// names that are denied. What is deprecated has to be allowed by name.
fn admits(preset: &Preset, operation: &Operation, tool: &Tool) -> bool {
    let Preset { methods, tags, allow, deny, .. } = preset;
    let holds = |words: &[String], word: &str| words.iter().any(|known| known == word);
    let name = tool.name.as_str();
    let method = |words: &[String]| {
        [tool.method.as_str(), tool.method.group()].iter().any(|word| holds(words, word))
    };
    allow.as_deref().map_or(!operation.deprecated, |allow| holds(allow, name))
        && !deny.as_deref().is_some_and(|deny| holds(deny, name))
        && methods.as_deref().is_none_or(method)
        && tags.as_deref().is_none_or(|tags| tool.tags.iter().any(|tag| holds(tags, tag)))
}
