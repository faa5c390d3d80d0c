//! Identifiers: one rule, settled over the whole set at once.
//!
//! Names that claim the same identifier are served by their name on the wire, component schemas
//! before inline ones; the others get a suffix that means something, or a number. So no name
//! depends on the order of the document.

mod modules;

use std::collections::BTreeMap;

use crate::ir::{
    Api, BodyArguments, EnumValue, Extra, Field, Location, Operation, PageStyle, Parameter,
    Presence, Shape, Type, TypeRef, Union, Usage,
};
use crate::names::{self, NameAllocator, Symbols};

/// Variant that takes what a document does not know.
const UNKNOWN: &str = "Unknown";
/// Methods of the client that are its own.
const OWN_METHODS: [&str; 7] =
    ["new", "builder", "transport", "with_transport", "clone", "send", "default"];

/// Methods of the credentials that are their own.
const CREDENTIALS_METHODS: [&str; 5] = ["new", "default", "clone", "from", "into"];

/// Names everything that generated code names.
pub(super) fn assign(api: &mut Api) {
    let mut taken = NameAllocator::default();
    types(&mut api.types, &mut taken);
    operations(&mut api.operations, &mut taken);
    schemes(api);
    members(api);
    modules::assign(api);
}

fn types(types: &mut [Type], taken: &mut NameAllocator) {
    let used = |ty: &Type| ty.usage != Usage::default();
    let mut order: Vec<usize> = (0..types.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: usize| {
            (
                !used(&types[index]),
                !types[index].component,
                symbols(&types[index].source_name),
                &types[index].source_name,
                index,
            )
        };
        key(*a).cmp(&key(*b))
    });
    for index in order {
        let ty = &types[index];
        let plain = unreserved(names::pascal(&ty.source_name));
        let spelled = unreserved(names::pascal_with(&ty.source_name, Symbols::All));
        let meant = match (ty.component, ty.usage) {
            (true, _) => format!("{plain}Type"),
            (false, Usage { request: true, response: false }) => format!("{plain}Input"),
            (false, Usage { request: false, response: true }) => format!("{plain}Output"),
            (false, _) => format!("{plain}Inner"),
        };
        let ident = if ty.component {
            taken.allocate([plain.as_str(), &spelled], "")
        } else {
            taken.allocate([plain.as_str(), &spelled, &meant], "")
        };
        types[index].ident = ident;
    }
}

fn unreserved(name: String) -> String {
    if names::is_reserved_type(&name) || names::is_keyword(&name) {
        format!("{name}Model")
    } else {
        name
    }
}

fn operations(operations: &mut [Operation], types: &mut NameAllocator) {
    let mut order: Vec<usize> = (0..operations.len()).collect();
    order.sort_by(|a, b| operations[*a].id.cmp(&operations[*b].id).then(a.cmp(b)));
    let mut methods = NameAllocator::new(OWN_METHODS);
    let mut next: BTreeMap<(String, Vec<&str>), usize> = BTreeMap::new();
    for index in order {
        let operation = &mut operations[index];
        let plain = unreserved(names::pascal(&operation.id));
        let meant = format!("{plain}Args");
        operation.type_ident = types.allocate([plain.as_str(), &meant], "");
        let snake = names::snake(&operation.id);
        let extra = derived(operation);
        // The methods that come with it must be free, too.
        let mut candidate = snake.clone();
        let number = next.entry((snake.clone(), extra.clone())).or_insert(2);
        while methods.contains(&candidate)
            || extra.iter().any(|suffix| methods.contains(&format!("{candidate}{suffix}")))
        {
            candidate = format!("{snake}_{number}");
            *number += 1;
        }
        methods.insert(&candidate);
        for suffix in extra {
            methods.insert(&format!("{candidate}{suffix}"));
        }
        operation.method_ident = names::escape(&candidate);
        parameters(operation);
    }
}

/// Suffixes of the methods that an operation has beside its plain one.
fn derived(operation: &Operation) -> Vec<&'static str> {
    let pages = operation
        .tool
        .as_ref()
        .and_then(|tool| tool.pagination.as_ref())
        .is_some_and(|paging| !matches!(paging.style, PageStyle::Whole));
    let streams = operation
        .success
        .iter()
        .any(|answer| matches!(answer.body, crate::ir::ResponseBody::Binary));
    let several = operation.answers_in_several();
    [(pages, "_pages"), (pages, "_all"), (streams, "_stream"), (several, "_as")]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, suffix)| suffix)
        .collect()
}

fn parameters(operation: &mut Operation) {
    let mut taken = NameAllocator::default();
    if operation.body.is_some() {
        taken.insert("body");
    }
    // A parameter whose argument had to give way, to another place's or to the server's own, still
    // has its own name in Rust where that is free. The others go first.
    let gave_way = |parameter: &Parameter| {
        let by_rule = parameter.named.is_none() && !matches!(parameter.location, Location::Path(_));
        by_rule && names::snake(&parameter.argument) != names::snake(&parameter.wire)
    };
    let (others, renamed): (Vec<_>, Vec<_>) =
        operation.parameters.iter_mut().partition(|parameter| !gave_way(parameter));
    for parameter in others.into_iter().chain(renamed) {
        let own = if gave_way(parameter) { &parameter.wire } else { &parameter.argument };
        let candidates = [
            names::snake(own),
            names::snake(&parameter.argument),
            names::snake_with(&parameter.argument, Symbols::All),
        ];
        let ident = taken.allocate(candidates.iter().map(String::as_str), "_");
        parameter.setter = setter(&ident);
        parameter.ident = names::escape(&ident);
    }
    if let Some(BodyArguments::Members { fields, .. }) =
        operation.body.as_mut().map(|body| &mut body.arguments)
    {
        name_fields(fields, &mut NameAllocator::default());
    }
}

fn schemes(api: &mut Api) {
    let mut taken = NameAllocator::new(["none"]);
    for scheme in &mut api.schemes {
        let ident = taken.allocate([names::snake(&scheme.name).as_str()], "_");
        scheme.setter = if CREDENTIALS_METHODS.contains(&ident.as_str()) {
            format!("{ident}_")
        } else {
            names::escape(&ident)
        };
        scheme.ident = names::escape(&ident);
    }
}

/// The method that sets a member: called like it, but for the constructor's name.
fn setter(ident: &str) -> String {
    if ident == "new" { "new_".to_owned() } else { names::escape(ident) }
}

/// Names what is inside of types.
fn members(api: &mut Api) {
    let idents: Vec<String> = api.types.iter().map(|ty| ty.ident.clone()).collect();
    for ty in &mut api.types {
        match &mut ty.shape {
            Shape::Struct { fields, extra } => {
                let mut taken = NameAllocator::default();
                if matches!(extra, Extra::Keep(_)) {
                    taken.insert("extra");
                }
                name_fields(fields, &mut taken);
            }
            Shape::StringEnum(values) => name_values(values),
            Shape::Union(union) => name_variants(union, &ty.ident, &idents),
            Shape::Alias(_) => {}
        }
    }
}

fn name_fields(fields: &mut [Field], taken: &mut NameAllocator) {
    let reserved = taken.clone();
    let mut order: Vec<usize> = (0..fields.len()).collect();
    order.sort_by_key(|index| plainness(&fields[*index].wire));
    for index in order {
        let wire = &fields[index].wire;
        let mut plain = names::snake(wire);
        if reserved.contains(&plain) {
            plain.push_str("_field");
        }
        let spelled = names::snake_with(wire, Symbols::All);
        let cased = format!("{plain}_{}", case_of(wire));
        let ident = taken.allocate([plain.as_str(), &spelled, &cased], "_");
        let field = &mut fields[index];
        field.setter = setter(&ident);
        field.null_setter = None;
        field.ident = names::escape(&ident);
    }
    for field in fields.iter_mut().filter(|field| field.presence == Presence::Nullable) {
        let plain = field.ident.trim_start_matches("r#").trim_end_matches('_');
        field.null_setter = Some(taken.allocate([format!("{plain}_null").as_str()], "_"));
    }
}

fn name_values(values: &mut [EnumValue]) {
    let mut taken = NameAllocator::new([UNKNOWN]);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|index| plainness(&values[*index].wire));
    for index in order {
        let wire = &values[index].wire;
        let mut plain = names::pascal(wire);
        if plain == UNKNOWN {
            plain.push_str("Value");
        }
        let spelled = names::pascal_with(wire, Symbols::All);
        let meant = format!("{plain}{}", names::pascal(case_of(wire)));
        values[index].ident =
            names::escape(&taken.allocate([plain.as_str(), &spelled, &meant], ""));
    }
}

/// Who is served first: names without capitals and symbols, so that they are spelled as one would.
fn plainness(wire: &str) -> (usize, usize, String) {
    let capitals = wire.chars().filter(|c| c.is_uppercase()).count();
    (capitals, symbols(wire), wire.to_owned())
}

fn symbols(wire: &str) -> usize {
    wire.chars().filter(|c| !c.is_alphanumeric() && !matches!(c, '_' | ' ')).count()
}

/// What the letters of a name are, for names that differ in nothing else.
fn case_of(wire: &str) -> &'static str {
    let mut letters = wire.chars().filter(|c| c.is_alphabetic());
    if letters.clone().next().is_none() {
        "other"
    } else if letters.clone().all(char::is_uppercase) {
        "upper"
    } else if letters.all(char::is_lowercase) {
        "lower"
    } else {
        "mixed"
    }
}

fn name_variants(union: &mut Union, own: &str, idents: &[String]) {
    let mut taken = NameAllocator::new([UNKNOWN]);
    for variant in union.variants_mut() {
        let candidate = match &variant.node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                let ident = &idents[id.0];
                ident
                    .strip_prefix(own)
                    .filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
                    .unwrap_or(ident)
                    .to_owned()
            }
            TypeRef::Bool => "Boolean".to_owned(),
            TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 => "Integer".to_owned(),
            TypeRef::F64 => "Number".to_owned(),
            TypeRef::DateTime => "DateTime".to_owned(),
            TypeRef::Date => "Date".to_owned(),
            TypeRef::String => "String".to_owned(),
            TypeRef::Base64 | TypeRef::Base64Url | TypeRef::Binary | TypeRef::File => {
                "Bytes".to_owned()
            }
            TypeRef::Untyped(_) => "Any".to_owned(),
            TypeRef::List(inner) => match inner.ty {
                TypeRef::Named(id) if idents[id.0] != own => {
                    format!("{}List", idents[id.0].strip_prefix(own).unwrap_or(&idents[id.0]))
                }
                _ => "List".to_owned(),
            },
            TypeRef::Map(_) => "Map".to_owned(),
        };
        let candidate = if candidate == "Self" { "SelfModel".to_owned() } else { candidate };
        variant.ident = taken.allocate([candidate.as_str()], "");
    }
}

/// Groups by what a function says of each, in order.
fn grouped<K: Ord>(count: usize, key: impl Fn(usize) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for index in 0..count {
        groups.entry(key(index)).or_default().push(index);
    }
    groups
}
