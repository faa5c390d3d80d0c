//! What a newer document changes for callers: of tools by name, arguments and answers, of the Rust
//! crate by types and members.

mod nodes;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::ir::{Api, BodyArguments, Node, Operation, Response, Scheme};
use crate::passes::paging_parameters;
use nodes::{Pair, Side, Verdict};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whether calls of tools that worked may fail, or bring something else.
    pub breaking_for_tools: bool,
    /// Whether Rust code that compiled may not.
    pub breaking_for_rust: bool,
    /// What changed, in one line.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = match (self.breaking_for_tools, self.breaking_for_rust) {
            (true, true) => "BREAKING       ",
            (true, false) => "BREAKING tools ",
            (false, true) => "BREAKING Rust  ",
            (false, false) => "compatible     ",
        };
        write!(f, "{whom}{}", self.what)
    }
}

/// Every change from `old` to `new`, the breaking ones first.
#[must_use]
pub fn diff(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    let pair = Pair::new(old, new);
    operations(&pair, &mut changes);
    types::compare(&pair, &mut changes);
    schemes(&old.schemes, &new.schemes, &mut changes);
    changes.0.sort_by(|one, other| {
        let rank = |change: &Change| (!change.breaking_for_tools, !change.breaking_for_rust);
        rank(one).cmp(&rank(other)).then_with(|| one.what.cmp(&other.what))
    });
    changes.0.dedup();
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn breaking(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: true, breaking_for_rust: true, what });
    }
    fn breaking_for_tools(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: true, breaking_for_rust: false, what });
    }
    fn breaking_for_rust(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: false, breaking_for_rust: true, what });
    }
    fn compatible(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: false, breaking_for_rust: false, what });
    }

    /// What may break tools only where there is one, and Rust code in any case.
    fn breaking_with(&mut self, has_tool: bool, what: String) {
        if has_tool { self.breaking(what) } else { self.breaking_for_rust(what) }
    }
}

/// Operations are the same when method and path are, whatever they are called.
fn operations(pair: &Pair<'_>, changes: &mut Changes) {
    let (before, after) = (by_route(pair.old), by_route(pair.new));
    for (route, operation) in &before {
        match after.get(route) {
            None => changes.breaking_with(
                operation.tool.is_some(),
                format!("{} is gone ({route})", called(operation)),
            ),
            Some(now) => {
                renamed(operation, now, changes);
                described(operation, now, changes);
                arguments(pair, operation, now, changes);
                answers(pair, operation, now, changes);
                paged(operation, now, changes);
                secured(operation, now, changes);
            }
        }
    }
    for (route, operation) in &after {
        if !before.contains_key(route) {
            changes.compatible(format!("{} is new ({route})", called(operation)));
        }
    }
}

/// Operations by method and path; the names of path variables do not matter.
fn by_route(api: &Api) -> BTreeMap<String, &Operation> {
    let route = |operation: &Operation| {
        let variable = |part: &str| part.starts_with('{') && part.ends_with('}');
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|part| if variable(part) { "{}" } else { part })
            .collect();
        format!("{} {}", operation.method, path.join("/"))
    };
    api.operations.iter().map(|operation| (route(operation), operation)).collect()
}

fn called(operation: &Operation) -> &str {
    operation.tool.as_ref().map_or(operation.id.as_str(), |tool| tool.name.as_str())
}

fn renamed(old: &Operation, new: &Operation, changes: &mut Changes) {
    match (&old.tool, &new.tool) {
        (Some(before), Some(after)) if before.name != after.name => {
            changes.breaking_for_tools(format!("{} is now called {}", before.name, after.name));
        }
        (Some(before), None) => {
            changes.breaking_for_tools(format!("{} is no tool any more", before.name));
        }
        (None, Some(after)) => changes.compatible(format!("{} is a tool now", after.name)),
        _ => {}
    }
    if old.type_ident != new.type_ident || old.method_ident != new.method_ident {
        changes
            .breaking_for_rust(format!("operation {} is now {}", old.type_ident, new.type_ident));
    }
}

fn described(old: &Operation, new: &Operation, changes: &mut Changes) {
    if !old.deprecated && new.deprecated {
        changes.compatible(format!("{} is deprecated", called(new)));
    }
    if (&old.title, &old.doc, &old.detail) != (&new.title, &new.doc, &new.detail) {
        changes.compatible(format!("{} is described otherwise", called(new)));
    }
}

struct Argument<'a> {
    ident: &'a str,
    node: &'a Node,
    required: bool,
    /// Whether it is a member of the body, which the body's type tells Rust of.
    of_body: bool,
}

fn arguments(pair: &Pair<'_>, was: &Operation, is: &Operation, changes: &mut Changes) {
    let (before, after) = (of(was), of(is));
    let tool = called(is);
    let has_tool = was.tool.is_some() && is.tool.is_some();
    for (name, argument) in &before {
        match after.get(name) {
            None => changes.breaking_with(has_tool, format!("{tool}: argument {name} is gone")),
            Some(now) => {
                if now.required && !argument.required {
                    changes.breaking_with(
                        has_tool,
                        format!("{tool}: argument {name} is required now"),
                    );
                } else if argument.required && !now.required {
                    changes.breaking_for_rust(format!("{tool}: argument {name} is optional now"));
                }
                if argument.ident != now.ident && !argument.of_body {
                    changes.breaking_for_rust(format!(
                        "{tool}: argument {name} was the field {}, is {}",
                        argument.ident, now.ident
                    ));
                }
                let verdict = pair.sent(argument.node, now.node, 0);
                let (from, to) =
                    (pair.text(Side::Old, argument.node), pair.text(Side::New, now.node));
                told(
                    changes,
                    &format!("{tool}: argument {name}"),
                    (&from, &to),
                    has_tool && verdict.breaks(),
                    verdict,
                );
                facts(changes, &format!("{tool}: argument {name}"), argument.node, now.node);
            }
        }
    }
    match (&was.body, &is.body) {
        (Some(before), Some(after)) if before.required != after.required => {
            let now = if after.required { "required" } else { "optional" };
            changes.breaking_for_rust(format!("{tool}: the body is {now} now"));
        }
        _ => {}
    }
    for (name, argument) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        if argument.required {
            changes.breaking_with(has_tool, format!("{tool}: argument {name} is new and required"));
        } else {
            changes.compatible(format!("{tool}: argument {name} is new"));
        }
    }
}

/// What became of a type: for Rust its text tells, for tools the verdict.
fn told(
    changes: &mut Changes,
    what: &str,
    (from, to): (&str, &str),
    breaks_tools: bool,
    verdict: Verdict,
) {
    let change = match (from == to, verdict) {
        (true, Verdict::Same) => return,
        (true, Verdict::Wider) => format!("{what} admits more"),
        (true, _) => format!("{what} admits less"),
        (false, _) => format!("{what} was {from}, is {to}"),
    };
    changes.0.push(Change {
        breaking_for_tools: breaks_tools,
        breaking_for_rust: from != to,
        what: change,
    });
}

/// Defaults and words.
fn facts(changes: &mut Changes, what: &str, old: &Node, new: &Node) {
    let text = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)
    };
    let (before, after) = (&old.constraints.default, &new.constraints.default);
    if before != after {
        changes.compatible(format!("{what}: the default was {}, is {}", text(before), text(after)));
    }
    if old.doc != new.doc {
        changes.compatible(format!("{what} is described otherwise"));
    }
}

fn of(operation: &Operation) -> BTreeMap<&str, Argument<'_>> {
    let mut out: BTreeMap<&str, Argument<'_>> = operation
        .parameters
        .iter()
        .map(|parameter| {
            let argument = Argument {
                ident: &parameter.ident,
                node: &parameter.node,
                required: parameter.required,
                of_body: false,
            };
            (parameter.argument.as_str(), argument)
        })
        .collect();
    if let Some(body) = &operation.body {
        match &body.arguments {
            BodyArguments::Members { names, fields, .. } => {
                out.extend(fields.iter().map(|field| {
                    let name = names.get(&field.wire).unwrap_or(&field.wire);
                    let required = field.required && body.required;
                    (
                        name.as_str(),
                        Argument {
                            ident: &field.ident,
                            node: &field.node,
                            required,
                            of_body: true,
                        },
                    )
                }));
            }
            BodyArguments::Whole(name) => {
                out.insert(
                    name,
                    Argument {
                        ident: "body",
                        node: &body.node,
                        required: body.required,
                        of_body: true,
                    },
                );
            }
        }
    }
    out
}

fn answers(pair: &Pair<'_>, was: &Operation, is: &Operation, changes: &mut Changes) {
    let tool = called(is);
    let text = |side: Side, answers: &[Response]| {
        let texts: Vec<String> = answers
            .iter()
            .map(|answer| format!("{}{}", status(answer), pair.answer(side, &answer.body)))
            .collect();
        if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
    };
    for (what, before, after, is_success) in [
        ("the answer", &was.success, &is.success, true),
        ("the error", &was.failure, &is.failure, false),
    ] {
        let (from, to) = (text(Side::Old, before), text(Side::New, after));
        let json =
            |answers: &'_ [Response]| answers.iter().find_map(|answer| answer.body.node().cloned());
        let breaks_readers = match (json(before), json(after)) {
            (Some(old), Some(new)) => pair.received(&old, &new, 0).breaks(),
            (None, None) => false,
            _ => true,
        };
        let breaks_tools = is_success && was.tool.is_some() && breaks_readers;
        if from != to || breaks_tools {
            let what = if from == to {
                format!("{tool}: {what} is of another kind")
            } else {
                format!("{tool}: {what} was {from}, is {to}")
            };
            changes.0.push(Change {
                breaking_for_tools: breaks_tools,
                breaking_for_rust: from != to,
                what,
            });
        }
    }
}

fn status(answer: &Response) -> String {
    match answer.status {
        crate::ir::Status::Code(code) => format!("{code} "),
        crate::ir::Status::Range(digit) => format!("{digit}XX "),
        crate::ir::Status::Default => String::new(),
    }
}

/// What paging takes away from callers, and what it gives.
fn paged(old: &Operation, new: &Operation, changes: &mut Changes) {
    let style = |operation: &Operation| {
        let pagination = operation.tool.as_ref().and_then(|tool| tool.pagination.as_ref())?;
        Some(
            paging_parameters(&pagination.style).into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
        .filter(|names| !names.is_empty())
    };
    let tool = called(new);
    match (style(old), style(new)) {
        (Some(_), None) if new.tool.is_some() => changes
            .breaking(format!("{tool} is not paged any more: limit and next_cursor are gone")),
        (None, Some(hidden)) if old.tool.is_some() => {
            let known = old.parameters.iter().any(|parameter| hidden.contains(&parameter.wire));
            let what = format!("{tool} is paged now: by limit and next_cursor");
            if known { changes.breaking_for_tools(what) } else { changes.compatible(what) }
        }
        _ => {}
    }
}

fn secured(old: &Operation, new: &Operation, changes: &mut Changes) {
    if !new.security.is_empty()
        && old.security != new.security
        && !old.security.iter().any(|known| new.security.contains(known))
    {
        changes.breaking_for_tools(format!("{} needs other credentials", called(new)));
    }
}

fn schemes(old: &[Scheme], new: &[Scheme], changes: &mut Changes) {
    for scheme in old {
        match new.iter().find(|now| now.name == scheme.name) {
            None => changes.breaking_for_rust(format!("credentials: {} is gone", scheme.name)),
            Some(now) if now.kind != scheme.kind => {
                changes.breaking(format!("credentials: {} is of another kind", scheme.name));
            }
            Some(now) if now.ident != scheme.ident => {
                changes.breaking_for_rust(format!(
                    "credentials: {} is now {}",
                    scheme.ident, now.ident
                ));
            }
            Some(_) => {}
        }
    }
    for scheme in new.iter().filter(|scheme| !old.iter().any(|known| known.name == scheme.name)) {
        changes.compatible(format!("credentials: {} is new", scheme.name));
    }
}
