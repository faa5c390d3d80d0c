//! Aliases are read through: what stands where they are used is the type itself.
//!
//! Only a list or a map of itself stays a type with a name, since Rust needs one to end the
//! recursion.

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Constraints, Listed, Node, Shape, TypeRef};

/// Most lists and maps inside of each other.
const DEEPEST: usize = 64;

/// Replaces every use of an alias by what it stands for. One that stands for itself is any value.
pub(super) fn resolve(api: &mut Api, diags: &mut Diagnostics) {
    end_circles(api, diags);
    let count = api.types.len();
    let mut settling = Settling {
        resolved: vec![None; count],
        state: vec![State::New; count],
        kept: vec![false; count],
    };
    for start in 0..count {
        settling.settle(api, diags, start);
    }
    api.each_node_mut(&mut |node| substitute(node, &settling.resolved));
}

/// Aliases that lead back to themselves without a list or a map between say nothing at all.
fn end_circles(api: &mut Api, diags: &mut Diagnostics) {
    let onward = |types: &[crate::ir::Type], at: usize| match &types[at].shape {
        Shape::Alias(Node { ty: TypeRef::Named(id), .. }) => Some(id.0),
        _ => None,
    };
    // The start from which an alias was first passed.
    let mut passed: Vec<Option<usize>> = vec![None; api.types.len()];
    for start in 0..api.types.len() {
        let mut at = Some(start);
        while let Some(here) = at.filter(|here| passed[*here].is_none()) {
            passed[here] = Some(start);
            at = onward(&api.types, here);
        }
        if let Some(closing) =
            at.filter(|here| passed[*here] == Some(start) && onward(&api.types, *here).is_some())
        {
            let ty = &mut api.types[closing];
            diags.fault(
                "circular-alias",
                &api.file,
                &ty.pointer,
                "this schema stands for itself; read as any value",
            );
            if let Shape::Alias(node) = &mut ty.shape {
                node.ty = TypeRef::Untyped("it stands for itself".to_owned());
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Settling {
    /// What stands for an alias, once that is known; nothing for those that are kept.
    resolved: Vec<Option<Node>>,
    state: Vec<State>,
    /// Aliases that are lists or maps of themselves.
    kept: Vec<bool>,
}

impl Settling {
    /// Resolves one alias and those that it is made of, innermost first, without recursion.
    fn settle(&mut self, api: &mut Api, diags: &mut Diagnostics, start: usize) {
        let mut stack = vec![start];
        while let Some(at) = stack.last().copied() {
            let Shape::Alias(node) = &api.types[at].shape else {
                self.state[at] = State::Done;
                stack.pop();
                continue;
            };
            if self.state[at] == State::Done {
                stack.pop();
                continue;
            }
            self.state[at] = State::Open;
            let mut waits = Vec::new();
            node.each(&mut |node| {
                if let TypeRef::Named(id) = node.ty {
                    match self.state[id.0] {
                        State::New => waits.push(id.0),
                        State::Open if matches!(api.types[id.0].shape, Shape::Alias(_)) => {
                            self.kept[id.0] = true;
                        }
                        _ => {}
                    }
                }
            });
            if !waits.is_empty() {
                stack.extend(waits);
                continue;
            }
            let mut node = node.clone();
            node.each_mut(&mut |node| substitute(node, &self.resolved));
            let ty = &mut api.types[at];
            if depth(&node) > DEEPEST {
                diags.fault(
                    "deep-alias",
                    &api.file,
                    &ty.pointer,
                    "lists of lists without end; read as any value",
                );
                node.ty = TypeRef::Untyped("it is nested too deep".to_owned());
            }
            if self.kept[at] {
                if ty.doc.is_empty() {
                    ty.doc = std::mem::take(&mut node.doc);
                }
                ty.shape = Shape::Alias(node);
            } else {
                self.resolved[at] = Some(node);
            }
            self.state[at] = State::Done;
            stack.pop();
        }
    }
}

/// How many lists and maps are inside of each other.
fn depth(node: &Node) -> usize {
    let mut depth = 0;
    node.each(&mut |_| depth += 1);
    depth
}

/// Puts what an alias stands for where it is used; what is said at the use counts more.
fn substitute(node: &mut Node, resolved: &[Option<Node>]) {
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
    if (Constraints { listed: Listed::Auto, ..(*node.constraints).clone() })
        == Constraints::default()
    {
        node.constraints.clone_from(&target.constraints);
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
    use crate::ir::TypeId;

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
        let mut api = api(vec![
            record("A", vec![field("id", named(1))]),
            alias("B", named(2)),
            alias("C", nullable.clone()),
        ]);
        resolve(&mut api, &mut Diagnostics::new(Mode::Strict));
        assert_eq!(*first_field(&api), nullable);
    }

    #[test]
    fn circles_end_as_any_value() {
        let mut api = api(vec![
            record("A", vec![field("x", named(1))]),
            alias("B", named(2)),
            alias("C", named(1)),
        ]);
        let mut diags = Diagnostics::new(Mode::Lenient);
        resolve(&mut api, &mut diags);
        assert_eq!(first_field(&api).ty, TypeRef::Untyped("it stands for itself".to_owned()));
        assert_eq!(diags.iter().count(), 1);
    }

    #[test]
    fn a_list_of_itself_keeps_its_name_and_the_others_are_read_through() {
        let mut api = api(vec![
            record("A", vec![field("x", named(1))]),
            alias("B", named(2)),
            alias("C", list(named(1))),
        ]);
        let mut diags = Diagnostics::new(Mode::Lenient);
        resolve(&mut api, &mut diags);
        assert_eq!(first_field(&api).ty, TypeRef::Named(TypeId(1)));
        assert!(matches!(&api.types[1].shape, Shape::Alias(node) if *node == list(named(1))));
        assert_eq!(diags.iter().count(), 0);
    }
}
