//! Inline types that are alike become one.
//!
//! Hundreds of operations that spell out the same error would give hundreds of types. What is
//! merged is called what its names have in common at the end.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;

use crate::ir::{Api, Shape, TypeId, TypeRef};
use crate::names;

/// How often merging is repeated: merged types make those that hold them alike.
const ROUNDS: usize = 8;
/// An enum of as many values is merged only when the names agree on one.
const FEW_VALUES: usize = 2;
/// Words that name a role and no thing, so that they are no name by themselves.
const EMPTY_WORDS: [&str; 12] = [
    "item", "value", "response", "body", "data", "result", "variant", "form", "type", "object",
    "list", "error",
];

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
    let mut candidates: BTreeMap<String, Vec<TypeId>> = BTreeMap::new();
    for (first, twins) in merged {
        let names: Vec<String> = std::iter::once(first)
            .chain(twins)
            .map(|id| api.types[id.0].source_name.to_snake_case())
            .collect();
        if let Some(name) = common_name(&names) {
            candidates.entry(name).or_default().push(first);
        }
    }
    let components: BTreeSet<String> = api
        .types
        .iter()
        .filter(|ty| ty.component)
        .map(|ty| ty.source_name.to_snake_case())
        .collect();
    for (name, types) in candidates {
        // A short name that several would have is nobody's.
        if let ([only], false) = (types.as_slice(), components.contains(&name.replace(' ', "_"))) {
            api.types[only.0].source_name = name;
        }
    }
}

/// Types that equal an earlier one, with that one.
fn twins(api: &Api, merged: &BTreeMap<TypeId, Vec<TypeId>>) -> BTreeMap<TypeId, TypeId> {
    let gone: BTreeSet<TypeId> = merged.values().flatten().copied().collect();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in (0..api.types.len())
        .filter(|index| is_mergeable(api, *index) && !gone.contains(&TypeId(*index)))
    {
        // Neither a type's name nor its words set it apart.
        if let Ok(key) = serde_json::to_string(&api.types[index].shape) {
            groups.entry(key).or_default().push(index);
        }
    }
    let mut twins = BTreeMap::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|index| {
            (api.types[*index].source_name.len(), &api.types[*index].source_name, *index)
        });
        let names: Vec<String> =
            group.iter().map(|index| api.types[*index].source_name.to_snake_case()).collect();
        // A short enum under another's name confuses more than it saves.
        let short = matches!(&api.types[group[0]].shape, Shape::StringEnum(values) if values.len() <= FEW_VALUES);
        if !short || common_name(&names).is_some() {
            twins.extend(group[1..].iter().map(|index| (TypeId(*index), TypeId(group[0]))));
        }
    }
    twins
}

fn is_mergeable(api: &Api, index: usize) -> bool {
    let ty = &api.types[index];
    let used = ty.usage.request || ty.usage.response;
    used && !ty.component && !ty.deprecated && !matches!(ty.shape, Shape::Alias(_))
}

/// The words that all names begin and end with, when they say something.
fn common_name(names: &[String]) -> Option<String> {
    let split: Vec<Vec<&str>> = names.iter().map(|name| name.split('_').collect()).collect();
    let first = split.first()?;
    let shortest = split.iter().map(Vec::len).min()?;
    let same = |at: usize, back: bool| {
        let word = |words: &[&str]| {
            if back { words[words.len() - 1 - at].to_owned() } else { words[at].to_owned() }
        };
        split.iter().all(|words| word(words) == word(first))
    };
    let end = (0..shortest).take_while(|at| same(*at, true)).count();
    let start = (0..shortest - end).take_while(|at| same(*at, false)).count();
    let end = &first[first.len() - end..];
    let start = &first[..start];
    let says = |words: &[&str]| {
        words
            .iter()
            .any(|word| !EMPTY_WORDS.contains(word) && !word.chars().all(|c| c.is_ascii_digit()))
    };
    let is_error = end.first() == Some(&"error") && end.len() > 1;
    if says(end) || is_error {
        return Some(end.join(" "));
    }
    (!end.is_empty() && says(start) && !names::is_verb(start[0]))
        .then(|| [start, end].concat().join(" "))
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
        Shape::StringEnum(
            ["asc", "desc"]
                .map(|wire| EnumValue { wire: wire.to_owned(), ident: String::new() })
                .to_vec(),
        )
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
