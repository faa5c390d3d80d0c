//! `tools.lock`: the tool names that callers rely on, so that none changes unnoticed.
//!
//! One operation a line, sorted: `METHOD /path operationId tool_name`; the name is `-` for an
//! operation that is never a tool.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::ir::Api;

/// A lock as it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// File name for diagnostics.
    pub file: String,
    /// The content.
    pub text: String,
}

/// The lock of an API as it is now.
#[must_use]
pub fn text(api: &Api) -> String {
    let mut lines: Vec<String> = api
        .operations
        .iter()
        .map(|operation| {
            let name = operation.tool.as_ref().map_or("-", |tool| tool.name.as_str());
            format!("{} {} {} {name}\n", operation.method, operation.path, operation.id)
        })
        .collect();
    lines.sort();
    lines.concat()
}

/// Compares an API with its lock: tools that are called otherwise or are gone are errors.
pub fn compare(api: &Api, lock: &Lock, diags: &mut Diagnostics) {
    const HELP: &str = "name the tool in overlay.yaml (`x-drawbridge: {tool: NAME}`), or run codegen with --accept-renames";
    let now = text(api);
    // Operations that differ only in a constant of the query share a route.
    let mut names: BTreeMap<Route<'_>, BTreeSet<&str>> = BTreeMap::new();
    for (route, name) in now.lines().filter_map(entry) {
        names.entry(route).or_default().insert(name);
    }
    for (index, line) in lock.text.lines().enumerate() {
        let mut say = |message: String, help: &str| {
            diags.push(Diagnostic {
                severity: Severity::Error,
                code: "tools-lock",
                file: format!("{}:{}", lock.file, index + 1),
                pointer: String::new(),
                message,
                help: Some(help.to_owned()),
            });
        };
        let Some((route, was)) = entry(line) else {
            say(
                "not a line of the form `METHOD /path operationId tool_name`".to_owned(),
                "restore the file, or delete it to have it written anew",
            );
            continue;
        };
        let (method, path) = route;
        match names.get(&route) {
            Some(names) if names.contains(was) => {}
            Some(names) => {
                let names: Vec<&str> = names.iter().copied().collect();
                say(
                    format!("`{was}` ({method} {path}) would be called `{}`", names.join("` or `")),
                    HELP,
                );
            }
            None if was == "-" => {}
            None => say(format!("`{was}` ({method} {path}) would be gone"), HELP),
        }
    }
}

type Route<'l> = (&'l str, &'l str);

/// Route and tool name of a line. A path may hold spaces, ids and names do not.
fn entry(line: &str) -> Option<(Route<'_>, &str)> {
    let (method, rest) = line.split_once(' ')?;
    let (rest, name) = rest.rsplit_once(' ')?;
    let (path, _id) = rest.rsplit_once(' ')?;
    (path.starts_with('/') && !name.is_empty()).then_some(((method, path), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_route_id_and_name() {
        assert_eq!(
            entry("GET /a/{b} getB get_single_x_b_by_id"),
            Some((("GET", "/a/{b}"), "get_single_x_b_by_id"))
        );
        assert_eq!(entry("GET /a b getB -"), Some((("GET", "/a b"), "-")));
        assert_eq!(entry("GET /a"), None);
        assert_eq!(entry(""), None);
    }
}
