//! Inline types that are alike become one.
//!
//! Hundreds of operations that spell out the same error would give hundreds of types. What is
//! merged is called by what it is: the words that the names of all its places end with, as few as
//! say something. So the name is nobody's in particular, and an operation that comes or goes
//! renames no type of the others. Types that no such name is left for stay apart.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;

use crate::ir::{Api, Shape, TypeId, TypeRef};
use crate::names;

/// How often merging is repeated: merged types make those that hold them alike.
const ROUNDS: usize = 8;
/// The most words or members that a name is made of.
const MOST_PARTS: usize = 6;
/// Words that name a role and no thing, so that they are no name by themselves.
const EMPTY_WORDS: [&str; 20] = [
    "item", "value", "response", "body", "data", "result", "variant", "form", "type", "object",
    "list", "error", "status", "state", "kind", "source", "field", "name", "id", "by",
];

/// Merges inline types of equal shape whose names end alike.
pub(super) fn merge(api: &mut Api) {
    let mut merging = Merging::new(api);
    for _ in 0..ROUNDS {
        let twins = merging.round(api);
        if twins.is_empty() {
            break;
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
    for (name, id) in merging.names {
        api.types[id.0].source_name = name;
    }
}

struct Merging {
    /// What each type's name is made of.
    parts: Vec<[Vec<String>; 2]>,
    /// Identifiers that merged types must not take: those of other types and of operations.
    foreign: BTreeSet<String>,
    /// What merged types are called.
    names: BTreeMap<String, TypeId>,
}

impl Merging {
    fn new(api: &Api) -> Self {
        let operations: BTreeSet<&str> =
            api.operations.iter().map(|operation| operation.id.as_str()).collect();
        let types = api.types.iter().map(|ty| ty.source_name.as_str());
        Self {
            parts: types.clone().map(|name| parts(name, &operations)).collect(),
            foreign: types.chain(operations.iter().copied()).map(names::pascal).collect(),
            names: BTreeMap::new(),
        }
    }

    /// Types that become another one, with that one.
    fn round(&mut self, api: &Api) -> BTreeMap<TypeId, TypeId> {
        let shapes: BTreeMap<TypeId, String> = (0..api.types.len())
            .map(TypeId)
            .filter(|id| is_mergeable(api, *id))
            // Neither a type's name nor its words set it apart.
            .filter_map(|id| Some((id, serde_json::to_string(&api.types[id.0].shape).ok()?)))
            .collect();
        let mut kept: BTreeSet<TypeId> = self.names.values().copied().collect();
        let mut twins = BTreeMap::new();
        // By the names of members first; then members whose names end alike, too.
        for (kind, least) in [(0, 1), (1, 2)] {
            for count in least..=MOST_PARTS {
                let open: Vec<TypeId> = shapes
                    .keys()
                    .filter(|id| !kept.contains(id) && !twins.contains_key(*id))
                    .copied()
                    .collect();
                for (name, group) in self.groups(&open, &shapes, kind, count) {
                    let first = *self.names.entry(name).or_insert(group[0]);
                    kept.insert(first);
                    twins.extend(group.into_iter().filter(|id| *id != first).map(|id| (id, first)));
                }
            }
        }
        twins
    }

    /// The types that share a name of so many parts: of several groups that would have it, the one
    /// that has it already, else the largest.
    fn groups(
        &self,
        open: &[TypeId],
        shapes: &BTreeMap<TypeId, String>,
        kind: usize,
        count: usize,
    ) -> BTreeMap<String, Vec<TypeId>> {
        let mut wanting: BTreeMap<String, BTreeMap<&str, Vec<TypeId>>> = BTreeMap::new();
        for id in open {
            if let Some(name) = ending(&self.parts[id.0][kind], count)
                && !self.foreign.contains(&names::pascal(&name))
            {
                wanting.entry(name).or_default().entry(&shapes[id]).or_default().push(*id);
            }
        }
        let mut out = BTreeMap::new();
        for (name, mut groups) in wanting {
            let group = match self.names.get(&name) {
                Some(first) => shapes.get(first).and_then(|shape| groups.remove(shape.as_str())),
                None => groups
                    .into_values()
                    .map(|mut group| {
                        group.sort_by_key(|id| (&self.parts[id.0], *id));
                        group
                    })
                    .filter(|group| group.len() > 1)
                    .min_by_key(|group| (Reverse(group.len()), self.parts[group[0].0].clone())),
            };
            out.extend(group.map(|group| (name, group)));
        }
        out
    }
}

fn is_mergeable(api: &Api, id: TypeId) -> bool {
    let ty = &api.types[id.0];
    let used = ty.usage.request || ty.usage.response;
    used && !ty.component && !ty.deprecated && !matches!(ty.shape, Shape::Alias(_))
}

/// The members that lead to a type, each whole, then their words. Before them stand the words of
/// the component that they are of; those of an operation say nothing of what its types are.
fn parts(name: &str, operations: &BTreeSet<&str>) -> [Vec<String>; 2] {
    let mut inside = name;
    for (at, _) in name.match_indices(' ') {
        if operations.contains(&name[..at]) {
            inside = &name[at + 1..];
        }
    }
    let words = |name: &str| -> Vec<String> {
        name.to_snake_case().split('_').map(str::to_owned).collect()
    };
    let mut names = inside.split(' ').filter(|name| !name.is_empty());
    let mut members = Vec::new();
    if inside.len() == name.len() {
        members = words(names.next().unwrap_or_default());
    }
    for name in names {
        let name = name.to_snake_case().replace('_', " ");
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
        match members.last_mut() {
            // Members that numbers alone tell apart are the same thing, but for statuses.
            Some(before) if stem.is_empty() && !says(before) => {
                *before = format!("{before} {name}");
            }
            _ if stem.is_empty() => {}
            _ if says(stem) => members.push(stem.to_owned()),
            _ => members.push(name),
        }
    }
    [members, words(inside)]
}

/// Whether a name names a thing.
fn says(name: &str) -> bool {
    name.split(' ')
        .any(|word| !EMPTY_WORDS.contains(&word) && !word.chars().all(|c| c.is_ascii_digit()))
}

/// A name's last parts, when they say something.
fn ending(parts: &[String], count: usize) -> Option<String> {
    let name = parts[parts.len().checked_sub(count)?..].join(" ");
    match name.as_str() {
        "error" => Some("error body".to_owned()),
        _ => (says(&name) || name.starts_with("error ")).then_some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{api, field, operation, plain, record, shaped};
    use super::super::usage;
    use super::*;
    use crate::ir::{EnumValue, Operation};

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

    fn flags(names: &[&str]) -> Shape {
        let fields = names.iter().map(|name| field(name, plain(TypeRef::Bool))).collect();
        Shape::Struct { fields, extra: crate::ir::Extra::Ignore }
    }

    /// What types are called once those that are alike are one; in order, without those that went.
    fn merged(types: Vec<crate::ir::Type>) -> Vec<String> {
        let holder = TypeId(types.len());
        let fields = (0..types.len())
            .map(|id| field(&format!("m{id}"), plain(TypeRef::Named(TypeId(id)))))
            .collect();
        let mut api = api(types);
        api.types.push(record("Holder", fields));
        api.operations.push(operation("GET", "/a", Some(holder), None));
        for id in ["getQux", "findQux"] {
            let more = Operation { id: id.to_owned(), ..operation("GET", "/b", None, None) };
            api.operations.push(more);
        }
        usage::mark(&mut api);
        merge(&mut api);
        let used = api.types.iter().filter(|ty| ty.usage.request && ty.source_name != "Holder");
        used.map(|ty| ty.source_name.clone()).collect()
    }

    #[test]
    fn equal_inline_types_are_called_after_the_member_they_share() {
        let names = merged(vec![
            inline("listUsers sortDirection", directions()),
            inline("listApps sortDirection", directions()),
        ]);
        assert_eq!(names, ["sort direction"]);
    }

    #[test]
    fn types_without_a_name_in_common_stay_apart() {
        let names = merged(vec![
            inline("getQux response", flags(&["ok"])),
            inline("sendMail payload", flags(&["ok"])),
            inline("findQux response", flags(&["ok"])),
        ]);
        assert_eq!(names, ["getQux response", "sendMail payload", "findQux response"]);
    }

    #[test]
    fn a_name_that_several_would_have_is_the_largest_group_s() {
        let names = merged(vec![
            inline("listUsers sort", directions()),
            inline("listApps sort", directions()),
            inline("listOrders sort", flags(&["up"])),
            inline("countOrders sort", flags(&["up"])),
            inline("purgeOrders sort", flags(&["up"])),
        ]);
        assert_eq!(names, ["listUsers sort", "listApps sort", "sort"]);
    }

    #[test]
    fn a_name_of_a_component_or_another_type_is_not_taken() {
        let names = merged(vec![
            record("Sort", vec![]),
            inline("listUsers sort", directions()),
            inline("listApps sort", directions()),
        ]);
        assert_eq!(names, ["Sort", "listUsers sort", "listApps sort"]);
    }

    #[test]
    fn members_that_numbers_tell_apart_are_alike() {
        let names = merged(vec![
            inline("Shop hours 1 item", flags(&["open"])),
            inline("Shop hours 2 item", flags(&["open"])),
            inline("Shop line1", flags(&["short"])),
            inline("Shop line2", flags(&["short"])),
        ]);
        assert_eq!(names, ["hours item", "line"]);
    }
}
