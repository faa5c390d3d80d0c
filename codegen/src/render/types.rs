//! `src/types.rs` and `src/types/*.rs`: the document's schemas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::ir::{
    Api, Constraints, EnumValue, Extra, Field, Matcher, Node, Shape, Type, TypeId, UnionMode,
    Usage, Variant,
};
use crate::write::Artifact;

use super::scope::{Presence, Scope};
use super::{doc, rust};

/// More parameters than this are no help over a struct literal.
const MOST_PARAMETERS: usize = 7;
/// The longest doc of a member, in characters.
const MEMBER_DOC: usize = 300;
/// The most values that a member's doc lists.
const MOST_LISTED: usize = 12;

/// The artifacts.
pub(super) fn render(api: &Api) -> Vec<Artifact> {
    let mut modules: BTreeMap<&str, Vec<TypeId>> = BTreeMap::new();
    for (index, ty) in api.types.iter().enumerate() {
        if ty.usage != Usage::default() {
            modules.entry(&ty.module).or_default().push(TypeId(index));
        }
    }
    let mut root = rust::header(api, &format!("The schemas of {}.", api.title));
    for name in modules.keys() {
        let _ = writeln!(root, "mod {};", rust::ident(name));
    }
    root.push('\n');
    for name in modules.keys() {
        let _ = writeln!(root, "pub use self::{}::*;", rust::ident(name));
    }
    let mut out = vec![Artifact::new("src/types.rs", root.trim_end().to_owned() + "\n")];
    let scope = Scope::new(api, "");
    for (name, ids) in modules {
        out.push(Artifact::new(
            format!("src/types/{name}.rs"),
            module(scope.elsewhere(), name, &ids),
        ));
    }
    out
}

fn module(scope: Scope<'_>, name: &str, ids: &[TypeId]) -> String {
    let api = scope.api;
    let (mut objects, mut tagged, mut shaped, mut enums) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut wrappers, mut aliases) = (Vec::new(), Vec::new());
    for id in ids {
        let ty = &api.types[id.0];
        match &ty.shape {
            Shape::Struct { fields, extra } => objects.push(object(&scope, ty, fields, extra)),
            Shape::StringEnum(values) => enums.push(string_enum(&scope, ty, values)),
            Shape::Union { mode: UnionMode::Tagged { property }, variants } => {
                tagged.push(tagged_union(&scope, ty, property, variants));
            }
            Shape::Union { mode: UnionMode::Shaped, variants } => {
                shaped.push(shaped_union(&scope, ty, variants));
            }
            Shape::Alias(node) if scope.is_recursive(*id) => {
                wrappers.push(wrapper(&scope, ty, node));
            }
            Shape::Alias(node) => aliases.push(format!(
                "{}pub type {} = {};\n",
                heading(&scope, ty, 0),
                rust::ident(&ty.ident),
                scope.ty(&node.ty)
            )),
        }
    }
    let mut body = String::new();
    let kinds = [
        ("objects", objects),
        ("tagged_unions", tagged),
        ("shaped_unions", shaped),
        ("wrappers", wrappers),
        ("string_enum", enums),
    ];
    for (word, declarations) in kinds {
        if !declarations.is_empty() {
            let _ = write!(body, "\n::support::{word}! {{\n{}}}\n", declarations.join("\n"));
        }
    }
    for alias in aliases {
        let _ = write!(body, "\n{alias}");
    }
    let mut imports = scope.imports();
    if scope.own_used().iter().any(|id| api.types[id.0].module != name) {
        if !imports.is_empty() {
            imports.push('\n');
        }
        imports.push_str("use super::*;\n");
    }
    let text = format!(
        "{}{imports}{body}",
        rust::header(api, &format!("Schemas of {}: `{name}`.", api.title))
    );
    if imports.is_empty() { text.replacen("\n\n\n", "\n\n", 1) } else { text }
}

fn object(scope: &Scope<'_>, ty: &Type, fields: &[Field], extra: &Extra) -> String {
    let members: Vec<(&Field, Presence)> =
        fields.iter().map(|field| (field, Presence::of(scope, field, ty.usage))).collect();
    let mut out = heading(scope, ty, 4);
    let _ = write!(out, "    pub struct {}", rust::ident(&ty.ident));
    let required: Vec<_> =
        members.iter().filter(|(_, presence)| *presence == Presence::Required).collect();
    let open = matches!(extra, Extra::Keep(_));
    if required.is_empty() {
        out.push_str(": Default");
    } else if ty.usage.request
        && required.len() <= MOST_PARAMETERS
        && (required.len() < members.len() || open)
    {
        let parameters: Vec<String> = required
            .iter()
            .map(|(field, presence)| {
                format!("{}: {}", rust::ident(&field.ident), presence.ty(scope, &field.node))
            })
            .collect();
        let _ = write!(out, " new({})", parameters.join(", "));
    }
    if members.is_empty() && !open {
        out.push_str(" {}\n");
        return out;
    }
    out.push_str(" {\n");
    for (field, presence) in &members {
        out.push_str(&doc::comment(&member_doc(&field.node), 8));
        if field.deprecated {
            out.push_str("        #[deprecated]\n");
        }
        let ident = rust::ident(&field.ident);
        let _ = writeln!(
            out,
            "        pub {ident}: {} = {}{},",
            presence.ty(scope, &field.node),
            rust::literal(&field.wire),
            presence.word()
        );
    }
    if let Extra::Keep(node) = extra {
        let _ = writeln!(out, "        ..{}: {}", extra_ident(fields), scope.map(node));
    }
    out.push_str("    }\n");
    out
}

/// The member that keeps undeclared ones: `extra`, unless a declared one has that name.
pub(super) fn extra_ident(fields: &[Field]) -> String {
    let mut name = "extra".to_owned();
    while fields.iter().any(|field| rust::ident(&field.ident) == name) {
        name.push('_');
    }
    name
}

/// The description and what the type does not say, in one paragraph.
pub(super) fn member_doc(node: &Node) -> String {
    let mut text = doc::brief(&node.doc, MEMBER_DOC);
    for fact in facts(&node.constraints) {
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
        }
        text.push_str(&fact);
    }
    text
}

fn facts(constraints: &Constraints) -> Vec<String> {
    let code = |value: &Value| doc::cut(&doc::clean(&value.to_string().replace('`', "'")), 60);
    let mut out = Vec::new();
    let least = |value: &Value| {
        if constraints.exclusive_minimum {
            format!("more than {value}")
        } else {
            format!("at least {value}")
        }
    };
    let most = |value: &Value| {
        if constraints.exclusive_maximum {
            format!("less than {value}")
        } else {
            format!("at most {value}")
        }
    };
    match (&constraints.minimum, &constraints.maximum) {
        (Some(low), Some(high))
            if !constraints.exclusive_minimum && !constraints.exclusive_maximum =>
        {
            out.push(format!("From {low} to {high}."));
        }
        (Some(low), Some(high)) => out.push(format!("{}, {}.", capital(&least(low)), most(high))),
        (Some(low), None) => out.push(format!("{}.", capital(&least(low)))),
        (None, Some(high)) => out.push(format!("{}.", capital(&most(high)))),
        (None, None) => {}
    }
    if (1..=MOST_LISTED).contains(&constraints.values.len()) {
        let values: Vec<String> =
            constraints.values.iter().map(|value| format!("`{}`", code(value))).collect();
        out.push(format!(
            "{} {}.",
            if values.len() == 1 { "Always" } else { "One of" },
            values.join(", ")
        ));
    }
    if let Some(default) = &constraints.default {
        out.push(format!("Default: `{}`.", code(default)));
    }
    out
}

fn capital(text: &str) -> String {
    text.chars().next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), &text[first.len_utf8()..])
    })
}

/// Doc comment and attributes of a named type.
fn heading(scope: &Scope<'_>, ty: &Type, indent: usize) -> String {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    let mut text = doc::cut(ty.doc.trim(), 1200);
    if text.is_empty() {
        let quoted = |name: &str| format!("`{}`", name.replace('`', "'"));
        text = match ty
            .source_name
            .split_once(' ')
            .filter(|(owner, _)| !ty.component && scope.is_named(owner))
        {
            Some((owner, member)) => format!("{} of {}.", quoted(member), quoted(owner)),
            None => format!("{}.", quoted(&ty.source_name)),
        };
    } else if ty.component && plain(&ty.source_name) != plain(&ty.ident) {
        let _ = write!(text, "\n\n`{}` in the document.", ty.source_name.replace('`', "'"));
    }
    let mut out = doc::comment(&text, indent);
    if out.is_empty() {
        out = doc::comment(&format!("`{}`.", ty.ident), indent);
    }
    if ty.deprecated {
        let _ = writeln!(out, "{}#[deprecated]", " ".repeat(indent));
    }
    out
}

fn string_enum(scope: &Scope<'_>, ty: &Type, values: &[EnumValue]) -> String {
    let mut out = heading(scope, ty, 4);
    let _ = writeln!(out, "    pub enum {} {{", rust::ident(&ty.ident));
    for value in values {
        let _ = writeln!(
            out,
            "        {} = {},",
            rust::ident(&value.ident),
            rust::literal(&value.wire)
        );
    }
    out.push_str("    }\n");
    out
}

fn tagged_union(scope: &Scope<'_>, ty: &Type, property: &str, variants: &[Variant]) -> String {
    let mut out = heading(scope, ty, 4);
    let _ =
        writeln!(out, "    pub enum {} by {} {{", rust::ident(&ty.ident), rust::literal(property));
    for variant in variants {
        if matches!(variant.matcher, Matcher::Fallback) {
            let _ = writeln!(
                out,
                "        _ => {}({}),",
                rust::ident(&variant.ident),
                scope.node(&variant.node)
            );
            continue;
        }
        let tags: Vec<String> = variant.tags.iter().map(|tag| rust::literal(tag)).collect();
        let tags = if tags.is_empty() { rust::literal(&variant.ident) } else { tags.join(" | ") };
        let _ = writeln!(
            out,
            "        {}({}) = {tags},",
            rust::ident(&variant.ident),
            scope.node(&variant.node)
        );
    }
    out.push_str("    }\n");
    out
}

fn shaped_union(scope: &Scope<'_>, ty: &Type, variants: &[Variant]) -> String {
    let mut out = heading(scope, ty, 4);
    let _ = writeln!(out, "    pub enum {} {{", rust::ident(&ty.ident));
    for variant in variants {
        let list = |texts: Vec<String>| format!("&[{}]", texts.join(", "));
        let matcher = match &variant.matcher {
            Matcher::Type(name) => format!("Type({})", rust::literal(name)),
            Matcher::Constant { property, values } => {
                let values = values.iter().map(|value| rust::literal(&value.to_string())).collect();
                format!("Constant({}, {})", rust::literal(property), list(values))
            }
            Matcher::Has(names) => {
                format!("Has({})", list(names.iter().map(|name| rust::literal(name)).collect()))
            }
            Matcher::BestMatch { required, members, marks } => {
                let names =
                    |names: &[String]| list(names.iter().map(|name| rust::literal(name)).collect());
                let texts = |values: &[Value]| {
                    list(values.iter().map(|value| rust::literal(&value.to_string())).collect())
                };
                let mark = |(name, values): &(String, Vec<Value>)| {
                    format!("({}, {})", rust::literal(name), texts(values))
                };
                match marks.as_slice() {
                    [] => format!("Like({}, {})", names(required), names(members)),
                    marks => format!(
                        "Marked({}, {}, {})",
                        list(marks.iter().map(mark).collect()),
                        names(required),
                        names(members)
                    ),
                }
            }
            Matcher::Any | Matcher::Fallback => "Any".to_owned(),
        };
        let _ = writeln!(
            out,
            "        {}({}) = {matcher},",
            rust::ident(&variant.ident),
            scope.node(&variant.node)
        );
    }
    out.push_str("    }\n");
    out
}

/// A list or a map of itself.
fn wrapper(scope: &Scope<'_>, ty: &Type, node: &Node) -> String {
    format!(
        "{}    pub struct {}({});\n",
        heading(scope, ty, 4),
        rust::ident(&ty.ident),
        scope.ty(&node.ty)
    )
}
