//! Inline types of one operation, or of one component, that are alike become one.
//!
//! An operation that spells out the same error for five statuses would give five types. Types of
//! different operations stay apart, alike or not: so what a type is called hangs on nothing but the
//! operation or the component that it stands in, and whatever else comes or goes renames it not.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, Shape, TypeId, TypeRef};
use crate::names;

/// How often merging is repeated: merged types make those that hold them alike.
const ROUNDS: usize = 8;

/// Merges inline types of equal shape and equal owner.
pub(super) fn merge(api: &mut Api) {
    let owners = owners(api);
    let mut taken: BTreeSet<String> = api
        .types
        .iter()
        .map(|ty| ty.source_name.as_str())
        .chain(api.operations.iter().map(|operation| operation.id.as_str()))
        .map(names::pascal)
        .collect();
    for _ in 0..ROUNDS {
        let groups = alike(api, &owners);
        if groups.is_empty() {
            break;
        }
        let mut twins = BTreeMap::new();
        for group in groups {
            let first = group[0];
            let names: Vec<&str> =
                group.iter().map(|id| api.types[id.0].source_name.as_str()).collect();
            let name = shared(&names);
            let says_more = names::pascal(&name) != names::pascal(&owners[first.0]);
            if says_more && taken.insert(names::pascal(&name)) {
                api.types[first.0].source_name = name;
            }
            for twin in &group[1..] {
                let usage = std::mem::take(&mut api.types[twin.0].usage);
                let kept = &mut api.types[first.0].usage;
                kept.request |= usage.request;
                kept.response |= usage.response;
                twins.insert(*twin, first);
            }
        }
        api.each_node_mut(&mut |node| match &mut node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                if let Some(first) = twins.get(id) {
                    *id = *first;
                }
            }
            _ => {}
        });
    }
}

/// The operation or component that each type stands in: types are called by the way to them.
fn owners(api: &Api) -> Vec<String> {
    let components = api.types.iter().filter(|ty| ty.component);
    let roots: BTreeSet<&str> = components
        .map(|ty| ty.source_name.as_str())
        .chain(api.operations.iter().map(|operation| operation.id.as_str()))
        .collect();
    let owner = |name: &str| {
        let ends = name.match_indices(' ').map(|(at, _)| at);
        let longest = ends.rev().find(|at| roots.contains(&name[..*at]));
        name[..longest.unwrap_or(name.len())].to_owned()
    };
    api.types.iter().map(|ty| owner(&ty.source_name)).collect()
}

/// Groups of types that are alike, each with its shortest name first.
fn alike(api: &Api, owners: &[String]) -> Vec<Vec<TypeId>> {
    let mut groups: BTreeMap<(&str, String), Vec<TypeId>> = BTreeMap::new();
    for id in (0..api.types.len()).map(TypeId).filter(|id| is_mergeable(api, *id)) {
        // Neither a type's name nor its words set it apart.
        if let Ok(shape) = serde_json::to_string(&api.types[id.0].shape) {
            groups.entry((&owners[id.0], shape)).or_default().push(id);
        }
    }
    let name = |id: &TypeId| api.types[id.0].source_name.as_str();
    let mut groups: Vec<Vec<TypeId>> =
        groups.into_values().filter(|group| group.len() > 1).collect();
    for group in &mut groups {
        group.sort_by_key(|id| (name(id).len(), name(id)));
    }
    groups.sort_by_key(|group| name(&group[0]));
    groups
}

fn is_mergeable(api: &Api, id: TypeId) -> bool {
    let ty = &api.types[id.0];
    let used = ty.usage.request || ty.usage.response;
    used && !ty.component && !ty.deprecated && !matches!(ty.shape, Shape::Alias(_))
}

/// The words that names begin with and those that they end with: what they have in common.
fn shared(names: &[&str]) -> String {
    let words: Vec<Vec<&str>> = names.iter().map(|name| name.split(' ').collect()).collect();
    let first = &words[0];
    let shortest = words.iter().map(Vec::len).min().unwrap_or(0);
    let before =
        (0..shortest).take_while(|at| words.iter().all(|name| name[*at] == first[*at])).count();
    let last = |name: &Vec<&str>, at: usize| name.len() - 1 - at;
    let after = (0..shortest - before)
        .take_while(|at| words.iter().all(|name| name[last(name, *at)] == first[last(first, *at)]))
        .count();
    [&first[..before], &first[first.len() - after..]].concat().join(" ")
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
    fn equal_types_of_an_operation_are_called_by_what_their_names_share() {
        let names = merged(vec![
            inline("getQux error 400 detail", flags(&["ok"])),
            inline("getQux error 404 detail", flags(&["ok"])),
            inline("getQux response address", directions()),
            inline("getQux payload address", directions()),
        ]);
        assert_eq!(names, ["getQux error detail", "getQux address"]);
    }

    #[test]
    fn types_of_different_owners_stay_apart() {
        let names = merged(vec![
            record("Shop", vec![]),
            inline("getQux sort", directions()),
            inline("findQux sort", directions()),
            inline("Shop sort", directions()),
        ]);
        assert_eq!(names, ["Shop", "getQux sort", "findQux sort", "Shop sort"]);
    }

    #[test]
    fn where_names_share_nothing_else_the_shortest_is_kept() {
        let names = merged(vec![
            inline("getQux response inside", flags(&["ok"])),
            inline("getQux first", flags(&["ok"])),
        ]);
        assert_eq!(names, ["getQux first"]);
    }

    #[test]
    fn a_name_of_a_component_or_another_type_is_not_taken() {
        let names = merged(vec![
            record("GetQuxAddress", vec![]),
            inline("getQux response address", directions()),
            inline("getQux payload address", directions()),
        ]);
        assert_eq!(names, ["GetQuxAddress", "getQux payload address"]);
    }

    #[test]
    fn members_that_numbers_tell_apart_are_alike() {
        let names = merged(vec![
            record("Shop", vec![]),
            inline("Shop hours 1 item", flags(&["open"])),
            inline("Shop hours 2 item", flags(&["open"])),
        ]);
        assert_eq!(names, ["Shop", "Shop hours item"]);
    }
}
