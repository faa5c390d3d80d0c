//! Inline types that are alike become one.
//!
//! Hundreds of operations that spell out the same error would give hundreds of types. What is merged is called what its
//! names have in common at the end.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;

use crate::ir::{Api, Shape, TypeId, TypeRef};

/// How often merging is repeated: merged types make those that hold them alike.
const ROUNDS: usize = 8;
/// Words that name a role and no thing, so that they are no name by themselves.
const EMPTY_WORDS: [&str; 12] =
    ["item", "value", "response", "body", "data", "result", "variant", "form", "type", "object", "list", "error"];

/// Merges inline types of equal shape.
pub(super) fn merge(api: &mut Api) {
    let mut merged: BTreeMap<TypeId, Vec<TypeId>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let twins = twins(api, &merged);
        if twins.is_empty() {
            break;
        }
        for (twin, first) in &twins {
            let more = merged.remove(twin).unwrap_or_default();
            let known = merged.entry(*first).or_default();
            known.push(*twin);
            known.extend(more);
        }
        api.each_node_mut(&mut |node| match &mut node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                if let Some(first) = twins.get(id) {
                    *id = *first;
                }
            }
            _ => {}
        });
        for (twin, first) in twins {
            let usage = std::mem::take(&mut api.types[twin.0].usage);
            let kept = &mut api.types[first.0].usage;
            kept.request |= usage.request;
            kept.response |= usage.response;
        }
    }
    let mut wishes: BTreeMap<String, Vec<TypeId>> = BTreeMap::new();
    for (first, twins) in merged {
        let names: Vec<String> = std::iter::once(first).chain(twins).map(|id| api.types[id.0].source_name.to_snake_case()).collect();
        if let Some(name) = common_end(&names) {
            wishes.entry(name).or_default().push(first);
        }
    }
    let components: BTreeSet<String> = api.types.iter().filter(|ty| ty.component).map(|ty| ty.source_name.to_snake_case()).collect();
    for (name, types) in wishes {
        // A short name that several would have is nobody's.
        if let ([only], false) = (types.as_slice(), components.contains(&name.replace(' ', "_"))) {
            api.types[only.0].source_name = name;
        }
    }
}

/// Types that equal an earlier one, with that one.
fn twins(api: &Api, merged: &BTreeMap<TypeId, Vec<TypeId>>) -> BTreeMap<TypeId, TypeId> {
    let gone: BTreeSet<TypeId> = merged.values().flatten().copied().collect();
    let mut order: Vec<usize> = (0..api.types.len()).filter(|index| is_mergeable(api, *index) && !gone.contains(&TypeId(*index))).collect();
    order.sort_by_key(|index| (api.types[*index].source_name.len(), &api.types[*index].source_name, *index));
    let mut first: BTreeMap<String, TypeId> = BTreeMap::new();
    let mut twins = BTreeMap::new();
    for index in order {
        let ty = &api.types[index];
        // Words of a string enum's type do not set it apart, and one's own name never does.
        let Ok(key) = serde_json::to_string(&ty.shape) else {
            continue;
        };
        match first.get(&key) {
            Some(known) => _ = twins.insert(TypeId(index), *known),
            None => _ = first.insert(key, TypeId(index)),
        }
    }
    twins
}

fn is_mergeable(api: &Api, index: usize) -> bool {
    let ty = &api.types[index];
    let used = ty.usage.request || ty.usage.response;
    used && !ty.component && !ty.deprecated && !matches!(ty.shape, Shape::Alias(_))
}

/// The words that all names end with, when they say something.
fn common_end(names: &[String]) -> Option<String> {
    let split: Vec<Vec<&str>> = names.iter().map(|name| name.split('_').collect()).collect();
    let first = split.first()?;
    let count = (0..first.len())
        .take_while(|at| split.iter().all(|words| words.len() > *at && words[words.len() - 1 - at] == first[first.len() - 1 - at]))
        .count();
    let end = &first[first.len() - count..];
    let says = end.iter().any(|word| !EMPTY_WORDS.contains(word) && !word.chars().all(|c| c.is_ascii_digit()));
    let is_error = end.first() == Some(&"error") && end.len() > 1;
    (says || is_error).then(|| end.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{api, field, operation, plain, record, shaped};
    use super::super::usage;
    use super::*;
    use crate::ir::EnumValue;

    fn inline(name: &str, shape: Shape) -> crate::ir::Type {
        crate::ir::Type { component: false, ..shaped(name, shape) }
    }

    fn directions() -> Shape {
        Shape::StringEnum(["asc", "desc"].map(|wire| EnumValue { wire: wire.to_owned(), ident: String::new() }).to_vec())
    }

    #[test]
    fn equal_inline_types_share_the_end_of_their_names() {
        let named = |id| plain(TypeRef::Named(TypeId(id)));
        let mut api = api(vec![
            inline("listUsers Sort", directions()),
            inline("listApps Sort", directions()),
            record("A", vec![field("a", named(0)), field("b", named(1))]),
        ]);
        api.operations.push(operation("GET", "/a", Some(TypeId(2)), None));
        usage::mark(&mut api);
        merge(&mut api);
        usage::mark(&mut api);
        assert_eq!(api.types[1].source_name, "sort");
        assert!(!api.types[0].usage.request && api.types[1].usage.request);
    }
}
