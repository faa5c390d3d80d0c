//! What is looser than the document, or has no type, and why: what a person should know who
//! trusts the types and schemas.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostics::groups::{Group, SHOWN};
use crate::diagnostics::kinds::Effect;
use crate::diagnostics::{Diagnostics, Severity};
use crate::ir::{Api, Extra, Node, ResponseBody, Shape, Status, TypeRef, Usage};
use crate::lower::ANY;

/// What an API has of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code of the findings, or `untyped`.
    pub code: String,
    /// Why, in one sentence.
    pub why: String,
    /// How many places there are.
    pub count: usize,
    /// The places, each with what was found there.
    pub places: Vec<String>,
}

/// What is generated otherwise than the document reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looser {
    /// Not checked, not sent or left out.
    pub looser: Vec<Reason>,
    /// Without a type.
    pub untyped: Vec<Reason>,
    /// Said otherwise, guessed, or stricter; nothing is left unchecked.
    pub kept: Vec<Reason>,
}

/// Gathers what was found while an API was made, and its places without a type.
#[must_use]
pub fn looser(api: &Api, diagnostics: &Diagnostics) -> Looser {
    let groups = diagnostics.groups();
    let (kept, looser) = groups
        .iter()
        .filter(|group| group.severity != Severity::Error)
        .partition::<Vec<_>, _>(|group| group.kind.is_some_and(|kind| kind.effect == Effect::Kept));
    let reasons = |groups: Vec<&Group<'_>>| groups.into_iter().map(Reason::of).collect();
    Looser { looser: reasons(looser), untyped: untyped(api), kept: reasons(kept) }
}

impl Reason {
    fn of(group: &Group<'_>) -> Self {
        let place = |found: &&crate::diagnostics::Diagnostic| {
            format!("{}#{}: {}", found.file, found.pointer, found.message)
        };
        Self {
            code: group.code.to_owned(),
            why: group.kind.map_or("", |kind| kind.meaning).to_owned(),
            count: group.count,
            places: group.findings.iter().map(place).collect(),
        }
    }
}

impl Looser {
    /// Text of it, with all places or the first few of each kind.
    #[must_use]
    pub fn text(&self, all: bool) -> String {
        let sections = [
            ("looser than the document", &self.looser),
            ("without a type", &self.untyped),
            ("read otherwise, nothing unchecked", &self.kept),
        ];
        let shown = if all { usize::MAX } else { SHOWN };
        sections.into_iter().map(|(title, reasons)| section(title, reasons, shown)).collect()
    }
}

fn section(title: &str, reasons: &[Reason], shown: usize) -> String {
    use fmt::Write as _;
    let total: usize = reasons.iter().map(|reason| reason.count).sum();
    let total = if total == 0 { "nothing".to_owned() } else { total.to_string() };
    let mut text = format!("  {title}: {total}\n");
    for Reason { code, why, count, places } in reasons {
        let _ = writeln!(text, "    {count} × {code}: {why}");
        for place in places.iter().take(shown) {
            let _ = writeln!(text, "      {place}");
        }
        let more = count - places.len().min(shown);
        if more > 0 {
            let _ = writeln!(text, "      and {more} more");
        }
    }
    text
}

/// Places without a type in what is rendered, by reason, the most frequent first.
fn untyped(api: &Api) -> Vec<Reason> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    each_place(api, &mut |node, place| {
        if let Some(why) = why(node) {
            found.entry(why).or_default().push(format!("{}#{place}", api.file));
        }
    });
    let mut out: Vec<Reason> = found
        .into_iter()
        .map(|(why, places)| Reason {
            code: "untyped".to_owned(),
            why,
            count: places.len(),
            places,
        })
        .collect();
    out.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.why.cmp(&other.why)));
    out
}

/// What a node is for want of a type, and why.
fn why(node: &Node) -> Option<String> {
    let (mut ty, mut what) = (&node.ty, "any value");
    while let TypeRef::List(inner) | TypeRef::Map(inner) = ty {
        what = match ty {
            TypeRef::List(_) => "a list of any values",
            _ => "an object of any members",
        };
        ty = &inner.ty;
    }
    match ty {
        TypeRef::Untyped(reason) if reason == ANY => {
            Some(format!("{what}, because the document says no more"))
        }
        TypeRef::Untyped(reason) => Some(format!("{what}, because {reason}")),
        _ => None,
    }
}

/// Every place of an API that has a type, with its pointer and its name there.
fn each_place<'a>(api: &'a Api, see: &mut dyn FnMut(&'a Node, String)) {
    for ty in api.types.iter().filter(|ty| ty.usage != Usage::default()) {
        let pointer = &ty.pointer;
        match &ty.shape {
            Shape::Struct { fields, extra } => {
                for field in fields {
                    see(&field.node, format!("{pointer}: member `{}`", field.wire));
                }
                match extra {
                    // Further members that may be anything are what the document says.
                    Extra::Keep(node) if !matches!(node.ty, TypeRef::Untyped(_)) => {
                        see(node, format!("{pointer}: further members"));
                    }
                    Extra::Keep(_) | Extra::Ignore | Extra::Refuse => {}
                }
            }
            Shape::Union(union) => {
                for (number, variant) in union.variants().enumerate() {
                    see(&variant.node, format!("{pointer}: alternative {}", number + 1));
                }
            }
            Shape::Alias(node) => see(node, pointer.clone()),
            Shape::StringEnum(_) => {}
        }
    }
    for operation in &api.operations {
        let pointer = &operation.pointer;
        for parameter in &operation.parameters {
            see(&parameter.node, format!("{pointer}: parameter `{}`", parameter.wire));
        }
        if let Some(body) = &operation.body {
            see(&body.node, format!("{pointer}: request body"));
        }
        for answer in operation.success.iter().chain(&operation.failure) {
            if let ResponseBody::Json(node) = &answer.body {
                let status = match answer.status {
                    Status::Code(code) => code.to_string(),
                    Status::Range(hundreds) => format!("{hundreds}XX"),
                    Status::Default => "default".to_owned(),
                };
                see(node, format!("{pointer}: answer {status}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layout, Options, diagnostics::Mode, load};

    const DOCUMENT: &str = r##"
openapi: 3.1.0
info: {title: Notes, version: "1"}
servers: [{url: "https://notes.example.com"}]
paths:
  /notes:
    post:
      operationId: addNote
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Note"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Note"}}
      responses:
        "200": {description: ok, content: {application/json: {}}}
components:
  schemas:
    Note:
      type: object
      properties:
        kind: {const: note}
        meta: {}
        tags: {type: array}
        gone: {$ref: "#/components/schemas/Gone"}
"##;

    fn found() -> Looser {
        let mut diags = Diagnostics::new(Mode::Lenient);
        let document = load::parse("notes.yaml", DOCUMENT.as_bytes(), &mut diags).expect("YAML");
        let options = Options {
            mode: Mode::Lenient,
            name: "notes".to_owned(),
            lock: None,
            prompts: None,
            layout: Layout::Workspace,
        };
        let (output, diags) = crate::generate(document, None, &options);
        looser(&output.expect("an API").api, &diags)
    }

    #[test]
    fn what_is_looser_than_the_document_is_told_by_kind_with_its_places() {
        let text = found().text(true);
        for line in [
            "  looser than the document: 2\n",
            "    1 × dangling-reference: ",
            "      notes.yaml#/components/schemas/Note/properties/gone: ",
            "    1 × body-media-type: ",
            "      notes.yaml#/paths/~1notes/post/requestBody/content/application~1x-www-form-urlencoded: ",
            "  without a type: 4\n",
            "    2 × untyped: any value, because the document says no more\n",
            "    1 × untyped: a list of any values, because the document says no more\n",
            "      notes.yaml#/components/schemas/Note: member `tags`\n",
            "      notes.yaml#/paths/~1notes/post: answer 200\n",
            "    1 × untyped: any value, because `#/components/schemas/Gone` points at nothing\n",
            "  read otherwise, nothing unchecked: 1\n",
            "    1 × const: ",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn only_the_first_places_of_a_kind_are_told_unless_all_are_asked_for() {
        let reason = Reason {
            code: "const".to_owned(),
            why: "why".to_owned(),
            count: 9,
            places: (1..=5).map(|number| format!("a.yaml#/{number}")).collect(),
        };
        let looser = Looser { looser: vec![reason], ..Looser::default() };
        assert!(looser.text(false).contains("#/3\n      and 6 more\n"), "{}", looser.text(false));
        assert!(looser.text(true).contains("#/5\n      and 4 more\n"), "{}", looser.text(true));
    }
}
