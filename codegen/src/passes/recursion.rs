//! Ends recursion: a type that holds itself without a list or a map between holds itself in a box.

use crate::ir::{Api, Shape, TypeId, TypeRef};

/// Boxes one edge of every cycle. Types are walked by name and their members in order, so the
/// choice is always the same.
///
/// An edge closes a cycle exactly when it leads to a type that the walk is inside of.
pub(super) fn end(api: &mut Api) {
    let mut order: Vec<usize> = (0..api.types.len()).collect();
    order.sort_by(|a, b| {
        (!api.types[*a].component, &api.types[*a].source_name, a).cmp(&(
            !api.types[*b].component,
            &api.types[*b].source_name,
            b,
        ))
    });
    let edges: Vec<Vec<TypeId>> = api.types.iter().map(|ty| held(&ty.shape)).collect();
    let mut state = vec![State::New; api.types.len()];
    let mut closing: Vec<(usize, TypeId)> = Vec::new();
    for start in order {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Inside;
        let mut stack = vec![(start, 0)];
        while let Some((at, next)) = stack.last_mut() {
            let at = *at;
            let Some(target) = edges[at].get(*next).copied() else {
                state[at] = State::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match state[target.0] {
                State::New => {
                    state[target.0] = State::Inside;
                    stack.push((target.0, 0));
                }
                State::Inside => closing.push((at, target)),
                State::Done => {}
            }
        }
    }
    for (at, target) in closing {
        each_held(&mut api.types[at].shape, &mut |ty| {
            if *ty == TypeRef::Named(target) {
                *ty = TypeRef::Boxed(target);
            }
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Inside,
    Done,
}

/// The types that a shape holds in itself.
fn held(shape: &Shape) -> Vec<TypeId> {
    let mut found = Vec::new();
    let mut look = |ty: &TypeRef| {
        if let TypeRef::Named(id) = ty {
            found.push(*id);
        }
    };
    match shape {
        Shape::Struct { fields, .. } => fields.iter().for_each(|field| look(&field.node.ty)),
        Shape::Union(union) => union.variants().for_each(|variant| look(&variant.node.ty)),
        Shape::Alias(node) => look(&node.ty),
        Shape::StringEnum(_) => {}
    }
    found
}

fn each_held(shape: &mut Shape, visit: &mut dyn FnMut(&mut TypeRef)) {
    match shape {
        Shape::Struct { fields, .. } => {
            for field in fields {
                visit(&mut field.node.ty);
            }
        }
        Shape::Union(union) => {
            union.variants_mut().for_each(|variant| visit(&mut variant.node.ty));
        }
        Shape::Alias(node) => visit(&mut node.ty),
        Shape::StringEnum(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{api, field, list, plain, record};
    use super::*;

    fn types(api: &Api) -> Vec<Vec<TypeRef>> {
        let of = |shape: &Shape| match shape {
            Shape::Struct { fields, .. } => {
                fields.iter().map(|field| field.node.ty.clone()).collect()
            }
            _ => Vec::new(),
        };
        api.types.iter().map(|ty| of(&ty.shape)).collect()
    }

    #[test]
    fn a_cycle_is_boxed_once_where_it_comes_back_to_the_first_name() {
        let named = |id| plain(TypeRef::Named(TypeId(id)));
        let mut api = api(vec![
            record("B", vec![field("a", named(1))]),
            record("A", vec![field("b", named(0))]),
        ]);
        end(&mut api);
        assert_eq!(types(&api), [vec![TypeRef::Boxed(TypeId(1))], vec![TypeRef::Named(TypeId(0))]]);
    }

    #[test]
    fn a_list_needs_no_box() {
        let mut api = api(vec![record(
            "Tree",
            vec![field("children", list(plain(TypeRef::Named(TypeId(0)))))],
        )]);
        let before = types(&api);
        end(&mut api);
        assert_eq!(types(&api), before);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let count = 100_000;
        let chain = (0..count)
            .map(|n| {
                record(
                    &format!("T{n:06}"),
                    vec![field("next", plain(TypeRef::Named(TypeId((n + 1) % count))))],
                )
            })
            .collect();
        let mut api = api(chain);
        end(&mut api);
        assert_eq!(types(&api)[count - 1], [TypeRef::Boxed(TypeId(0))]);
    }
}
