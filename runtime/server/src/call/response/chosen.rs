//! Names that `fields` asks for and that nobody knows: neither the document nor the answer.

use std::collections::HashSet;

use serde_json::value::RawValue;
use support::Tool;

use super::raw::{members, raw_items};
use crate::bound;
use crate::call::request::fields::{Fields, lying_below};
use crate::nearest::nearest;
use crate::tools::AnswerNames;
use crate::violation::{Violation, Violations};

/// How deep names are looked for; what lies deeper may be there.
const DEPTH: usize = 16;
/// How many names of an answer are remembered, to be proposed.
const SEEN: usize = 500;

/// Names that were asked for and are in no answer, as far as that is known.
#[derive(Debug)]
pub(crate) struct Unknown {
    names: Vec<String>,
    /// Names that this answer has.
    seen: Vec<String>,
}

impl Unknown {
    /// Those that are in none of these answers or rows and that the document does not declare.
    /// `None`: there are none of them, or nothing to look at.
    pub(crate) fn of(
        fields: &Fields,
        declared: &AnswerNames,
        wrapper: Option<&str>,
        rows: &[&RawValue],
    ) -> Option<Self> {
        let undeclared =
            fields.given().iter().filter(|name| !name.is_empty() && !declared.has(name, wrapper));
        let mut missing = Missing::of(undeclared);
        for row in rows {
            if missing.names.is_empty() {
                break;
            }
            missing.look(row, wrapper);
        }
        let names: Vec<String> = missing.names.into_iter().map(str::to_owned).collect();
        if names.is_empty() || rows.is_empty() {
            return None;
        }
        let mut seen: Vec<String> = Vec::new();
        for row in rows {
            let outer = members(row).unwrap_or_default();
            let inner = outer.iter().find(|(name, _)| Some(&**name) == wrapper);
            let inner = inner.and_then(|(_, item)| members(item)).unwrap_or_default();
            for (name, _) in outer.iter().chain(&inner) {
                if seen.len() < SEEN && !seen.iter().any(|known| known == name) {
                    seen.push(name.clone().into_owned());
                }
            }
        }
        Some(Self { names, seen })
    }

    /// What is wrong with the names, once it is known which fields the tenant has of its own: `None`
    /// when they are all of those.
    pub(crate) fn violations(
        &self,
        tool: &Tool,
        declared: &AnswerNames,
        fields: &Fields,
        tenant: &[String],
    ) -> Option<Violations> {
        let of_tenant = |name: &str| tenant.iter().any(|field| field == first(name));
        let unknown = self.names.iter().filter(|name| !of_tenant(name));
        let mut violations = Violations::default();
        for name in unknown {
            violations.add(|| self.violation(tool, declared, fields, tenant, name));
        }
        (!violations.is_empty()).then_some(violations)
    }

    fn violation(
        &self,
        tool: &Tool,
        declared: &AnswerNames,
        fields: &Fields,
        tenant: &[String],
        name: &str,
    ) -> Violation {
        let outermost = || {
            let names = declared.outermost(tool.wrapper);
            names
                .chain(self.seen.iter().map(String::as_str))
                .chain(tenant.iter().map(String::as_str))
        };
        // Where only the end is wrong, what could stand there is nearer than any other name.
        let proposed = match name.rsplit_once('.') {
            Some((outer, end)) if outermost().any(|known| known == outer) => {
                nearest(end, declared.below(outer, tool.wrapper))
                    .map(|end| format!("{outer}.{end}"))
            }
            _ => nearest(name, outermost()).map(str::to_owned),
        };
        let quoted = bound::cut(name, bound::NAME);
        let mut expected = format!("names of the answer's members; it has no {quoted:?}");
        if proposed.is_none() {
            let mut known = HashSet::new();
            let some: Vec<&str> = outermost().filter(|name| known.insert(*name)).take(12).collect();
            if !some.is_empty() {
                expected = format!("{expected}, but {}", some.join(", "));
            }
        }
        Violation { nearest: proposed, ..Violation::new(fields.pointer(name), expected) }
    }
}

fn first(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Dotted names that are looked for in one row after the other, all at once.
struct Missing<'n> {
    /// Sorted, each once.
    names: Vec<&'n str>,
}

impl<'n> Missing<'n> {
    fn of(names: impl Iterator<Item = &'n String>) -> Self {
        let mut names: Vec<&str> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// Forgets those that are in `row`, with or without the wrapper before them.
    fn look(&mut self, row: &RawValue, wrapper: Option<&str>) {
        let mut found = HashSet::new();
        let paths: Vec<Path<'_>> = self.names.iter().map(|name| (*name, *name)).collect();
        find(row, &paths, DEPTH, &mut found);
        let inner = wrapper.zip(members(row)).and_then(|(wrapper, members)| {
            members.into_iter().find(|(name, _)| *name == wrapper).map(|(_, inner)| inner)
        });
        if let Some(inner) = inner {
            find(inner, &paths, DEPTH, &mut found);
        }
        if !found.is_empty() {
            self.names.retain(|name| !found.contains(name));
        }
    }
}

/// What is left of a dotted name, and the whole of it.
type Path<'n> = (&'n str, &'n str);

/// Collects the names of which `json` has what is left of them, or may have: below null, in an empty
/// list and in the depth nobody can say. `paths` are sorted.
fn find<'n>(json: &RawValue, paths: &[Path<'n>], depth: usize, found: &mut HashSet<&'n str>) {
    if paths.is_empty() {
    } else if depth == 0 || json.get() == "null" {
        found.extend(paths.iter().map(|(_, whole)| *whole));
    } else if let Some(entries) = members(json) {
        for (name, value) in &entries {
            let here = paths.partition_point(|(path, _)| *path < &**name);
            let exact = paths.iter().skip(here).take_while(|(path, _)| *path == &**name);
            found.extend(exact.map(|(_, whole)| *whole));
            let below = lying_below(paths, name, |(path, _)| path);
            let below: Vec<Path<'_>> = below.map(|((_, whole), rest)| (rest, *whole)).collect();
            find(value, &below, depth - 1, found);
        }
    } else if let Some(items) = raw_items(json) {
        if items.is_empty() {
            found.extend(paths.iter().map(|(_, whole)| *whole));
        }
        for item in items {
            find(item, paths, depth - 1, found);
        }
    }
}
