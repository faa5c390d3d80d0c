//! Aliases are read through: what stands where they are used is the type itself.

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Constraints, Listed, Node, Shape, TypeId, TypeRef};

/// Most lists and maps inside of each other.
const DEEPEST: usize = 64;

/// Replaces every use of an alias by what it stands for. One that stands for itself is any value.
pub(super) fn resolve(api: &mut Api, diags: &mut Diagnostics) {
    let count = api.types.len();
    let mut resolved: Vec<Option<Node>> = vec![None; count];
    let mut state = vec![State::New; count];
    for start in 0..count {
        settle(api, diags, start, &mut resolved, &mut state);
    }
    api.each_node_mut(&mut |node| substitute(node, &resolved));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Resolves one alias and those that it is made of, innermost first, without recursion.
fn settle(api: &mut Api, diags: &mut Diagnostics, start: usize, resolved: &mut [Option<Node>], state: &mut [State]) {
    let mut stack = vec![start];
    while let Some(at) = stack.last().copied() {
        let Shape::Alias(node) = &api.types[at].shape else {
            state[at] = State::Done;
            stack.pop();
            continue;
        };
        if state[at] == State::Done {
            stack.pop();
            continue;
        }
        state[at] = State::Open;
        let mut waits = Vec::new();
        let mut circular = Vec::new();
        node.each(&mut |node| {
            if let TypeRef::Named(id) = node.ty {
                match state[id.0] {
                    State::New => waits.push(id.0),
                    State::Open if matches!(api.types[id.0].shape, Shape::Alias(_)) => circular.push(id),
                    _ => {}
                }
            }
        });
        if !circular.is_empty() {
            let ty = &mut api.types[at];
            diags.fault("circular-alias", &api.file, &ty.pointer, "this schema stands for itself; read as any value");
            if let Shape::Alias(node) = &mut ty.shape {
                node.each_mut(&mut |node| untype(node, &circular));
            }
        } else if waits.is_empty() {
            let mut node = node.clone();
            node.each_mut(&mut |node| substitute_one(node, resolved));
            if depth(&node) > DEEPEST {
                let ty = &api.types[at];
                diags.fault("deep-alias", &api.file, &ty.pointer, "lists of lists without end; read as any value");
                node.ty = TypeRef::Untyped("it is nested too deep".to_owned());
            }
            resolved[at] = Some(node);
            state[at] = State::Done;
            stack.pop();
        } else {
            stack.extend(waits);
        }
    }
}

/// How many lists and maps are inside of each other.
fn depth(node: &Node) -> usize {
    let mut depth = 0;
    node.each(&mut |_| depth += 1);
    depth
}

fn untype(node: &mut Node, circular: &[TypeId]) {
    if matches!(node.ty, TypeRef::Named(id) if circular.contains(&id)) {
        node.ty = TypeRef::Untyped("it stands for itself".to_owned());
    }
}

fn substitute(node: &mut Node, resolved: &[Option<Node>]) {
    substitute_one(node, resolved);
}

/// Puts what an alias stands for where it is used; what is said at the use counts more.
fn substitute_one(node: &mut Node, resolved: &[Option<Node>]) {
    let TypeRef::Named(id) = node.ty else {
        return;
    };
    let Some(target) = &resolved[id.0] else {
        return;
    };
    node.ty = target.ty.clone();
    node.nullable |= target.nullable;
    if node.doc.is_empty() {
        node.doc.clone_from(&target.doc);
    }
    let listed = node.constraints.listed;
    let default = node.constraints.default.take();
    if (Constraints { listed: Listed::Auto, ..(*node.constraints).clone() }) == Constraints::default() {
        node.constraints = target.constraints.clone();
        if listed != Listed::Auto {
            node.constraints.listed = listed;
        }
    }
    if default.is_some() {
        node.constraints.default = default;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{alias, api, field, list, plain, record};
    use super::*;
    use crate::diagnostics::Mode;

    fn named(id: usize) -> Node {
        plain(TypeRef::Named(TypeId(id)))
    }

    fn first_field(api: &Api) -> &Node {
        match &api.types[0].shape {
            Shape::Struct { fields, .. } => &fields[0].node,
            _ => panic!("no struct"),
        }
    }

    #[test]
    fn an_alias_of_an_alias_is_read_through() {
        let nullable = Node { nullable: true, doc: "an id".to_owned(), ..plain(TypeRef::String) };
        let mut api = api(vec![record("A", vec![field("id", named(1))]), alias("B", named(2)), alias("C", nullable.clone())]);
        resolve(&mut api, &mut Diagnostics::new(Mode::Strict));
        assert_eq!(*first_field(&api), nullable);
    }

    #[test]
    fn circles_end_as_any_value() {
        let mut api = api(vec![record("A", vec![field("x", named(1))]), alias("B", named(2)), alias("C", list(named(1)))]);
        let mut diags = Diagnostics::new(Mode::Lenient);
        resolve(&mut api, &mut diags);
        assert_eq!(first_field(&api).ty, list(plain(TypeRef::Untyped("it stands for itself".to_owned()))).ty);
        assert_eq!(diags.iter().count(), 1);
    }
}
