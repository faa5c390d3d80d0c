//! Tool names: what the overlay says, else by rule, each once.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;

use crate::diagnostics::{Diagnostics, Mode};
use crate::ir::{Api, Operation};
use crate::names::resource::{Paths, Resource};
use crate::names::{self, NameAllocator};

/// The longest name that every client takes.
const LONGEST: usize = 64;
/// The longest name in documents of our own: clients put a prefix in front.
const LONGEST_OF_OURS: usize = 48;

/// Names every tool.
pub(super) fn name(api: &mut Api, ours: bool, diags: &mut Diagnostics) {
    let strict = ours && diags.mode() == Mode::Strict;
    let limit = if strict { LONGEST_OF_OURS } else { LONGEST };
    let rule = Rule::new(api);
    let mut taken = NameAllocator::default();
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, operation) in api.operations.iter_mut().enumerate() {
        let Some(tool) = &mut operation.tool else {
            continue;
        };
        match &tool.named {
            Some(name) => {
                let name = name.as_str();
                if name.len() > limit || !is_name(name) {
                    diags.fault(
                        "tool-name",
                        &api.file,
                        &operation.pointer,
                        format!("`{name}` is not [a-z0-9_] of at most {limit} characters"),
                    );
                }
                if taken.contains(name) {
                    diags.fault(
                        "tool-name",
                        &api.file,
                        &operation.pointer,
                        format!("two tools are called `{name}`"),
                    );
                }
                tool.name = taken.allocate([name], "_").into();
            }
            None => found.entry(rule.candidates(operation)[0].clone()).or_default().push(index),
        }
    }
    // Deprecated operations yield; those that alone want a name have it; the others say more.
    let mut late = Vec::new();
    for (candidate, mut wanting) in found {
        wanting.sort_by_key(|index| (api.operations[*index].deprecated, *index));
        let current = wanting.iter().filter(|index| !api.operations[**index].deprecated).count();
        if (wanting.len() == 1 || current == 1)
            && !taken.contains(&candidate)
            && candidate.len() <= LONGEST
        {
            taken.insert(&candidate);
            give(api, wanting.remove(0), candidate);
        }
        late.extend(wanting);
    }
    late.sort_unstable();
    for index in late {
        let candidates: Vec<String> = rule
            .candidates(&api.operations[index])
            .iter()
            .map(|candidate| short(candidate))
            .collect();
        // The plain name was too much wanted; it is the last resort.
        let order = candidates.iter().skip(1).chain(&candidates[..1]).map(String::as_str);
        let mut name = taken.allocate(order, "_");
        if name.len() > LONGEST {
            name = taken.allocate([&name[name.len() - LONGEST..]], "_");
        }
        give(api, index, name);
    }
    for operation in api.operations.iter().filter(|_| strict) {
        if let Some(tool) = operation
            .tool
            .as_ref()
            .filter(|tool| tool.named.is_none() && tool.name.as_str().len() > limit)
        {
            diags.fault(
                "tool-name",
                &api.file,
                &operation.pointer,
                format!(
                    "`{}` is longer than {limit} characters: name it in the overlay",
                    tool.name
                ),
            );
        }
    }
}

fn give(api: &mut Api, index: usize, name: String) {
    if let Some(tool) = &mut api.operations[index].tool {
        tool.name = name.into();
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What the rule looks at besides the operation itself.
struct Rule {
    slug: String,
    paths: Paths,
    /// Paths whose items are changed in part: replacing them whole is another thing.
    patched: BTreeSet<String>,
}

impl Rule {
    fn new(api: &Api) -> Self {
        let patched = api
            .operations
            .iter()
            .filter(|operation| operation.method == Method::PATCH)
            .map(|operation| operation.path.clone())
            .collect();
        Self {
            slug: api.slug.clone(),
            paths: Paths::new(api.operations.iter().map(|operation| operation.path.as_str())),
            patched,
        }
    }

    /// Names that an operation's tool may have: the plain one, with the parent, with the version,
    /// after the operation's id.
    fn candidates(&self, operation: &Operation) -> Vec<String> {
        let resource = self.paths.resource(&operation.path);
        let plain = self.plain(operation, &resource);
        let mut found = vec![plain.clone()];
        if let Some(parent) = resource.parent() {
            found.push(format!("{plain}_of_{parent}"));
        }
        if let Some(version) = &resource.version {
            found.push(format!("{plain}_{version}"));
        }
        found.push(format!("{}_{}", self.slug, names::snake(&operation.id)));
        found
    }

    fn plain(&self, operation: &Operation, resource: &Resource) -> String {
        let slug = &self.slug;
        if let Some((what, action)) = resource.action() {
            return format!("{slug}_{what}_{action}");
        }
        let many = resource.collection();
        let one = resource.one();
        match (&operation.method, resource.is_item) {
            (&Method::GET, false) => format!("list_all_{slug}_{many}"),
            (&Method::GET, true) => format!("get_single_{slug}_{one}_by_id"),
            (&Method::POST, false) => format!("create_a_{slug}_{one}"),
            (&Method::PUT, true) if self.patched.contains(&operation.path) => {
                format!("{slug}_{many}_replace")
            }
            (&Method::PATCH | &Method::PUT, true) => format!("update_a_{slug}_{one}_by_id"),
            (&Method::DELETE, true) => format!("delete_a_{slug}_{one}_by_id"),
            (method, _) => {
                let verb = verb(&operation.id).unwrap_or_else(|| fallback(method).to_owned());
                format!("{slug}_{many}_{verb}")
            }
        }
    }
}

/// The verb that an operation's id begins with.
fn verb(id: &str) -> Option<String> {
    let words = names::snake(id);
    let first = words.split('_').next()?;
    names::is_verb(first).then(|| first.to_owned())
}

/// The verb of an operation whose id has none.
fn fallback(method: &Method) -> &'static str {
    match *method {
        Method::PUT => "replace",
        Method::PATCH => "update",
        Method::DELETE => "delete",
        Method::HEAD => "head",
        Method::OPTIONS => "options",
        Method::TRACE => "trace",
        _ => "post",
    }
}

/// A name that is not too long: middle words are left out.
fn short(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let mut words: Vec<&str> = name.split('_').collect();
    while words.len() > 4 && words.iter().map(|word| word.len() + 1).sum::<usize>() - 1 > LONGEST {
        words.remove(words.len() / 2);
    }
    words.join("_").chars().take(LONGEST).collect::<String>().trim_end_matches('_').to_owned()
}
