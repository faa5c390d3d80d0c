//! Which types travel to the API, which from it, and which are not used at all.

use crate::ir::{Api, BodyArguments, Node, TypeId, TypeRef, Usage};

/// Marks every type that an operation reaches.
pub(super) fn mark(api: &mut Api) {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for operation in &api.operations {
        for parameter in &operation.parameters {
            named(&parameter.node, &mut sent);
        }
        if let Some(body) = &operation.body {
            named(&body.node, &mut sent);
            if let BodyArguments::Members { fields, .. } = &body.arguments {
                for field in fields {
                    named(&field.node, &mut sent);
                }
            }
        }
        for answer in operation.success.iter().chain(&operation.failure) {
            if let Some(node) = answer.body.node() {
                named(node, &mut received);
            }
        }
    }
    for ty in &mut api.types {
        ty.usage = Usage::default();
    }
    spread(api, sent, |usage| &mut usage.request);
    spread(api, received, |usage| &mut usage.response);
}

fn spread(api: &mut Api, mut pending: Vec<TypeId>, flag: fn(&mut Usage) -> &mut bool) {
    while let Some(id) = pending.pop() {
        let ty = &mut api.types[id.0];
        if std::mem::replace(flag(&mut ty.usage), true) {
            continue;
        }
        ty.shape.each_node(&mut |node| {
            if let TypeRef::Named(id) | TypeRef::Boxed(id) = node.ty {
                pending.push(id);
            }
        });
    }
}

/// The types that a node names.
fn named(node: &Node, found: &mut Vec<TypeId>) {
    node.each(&mut |node| {
        if let TypeRef::Named(id) | TypeRef::Boxed(id) = node.ty {
            found.push(id);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{api, field, list, operation, plain, record};
    use super::*;

    #[test]
    fn a_type_is_used_where_something_that_is_used_holds_it() {
        let mut api = api(vec![
            record("Sent", vec![field("inner", plain(TypeRef::Named(TypeId(1))))]),
            record("Inner", vec![]),
            record("Received", vec![field("inners", list(plain(TypeRef::Named(TypeId(1)))))]),
            record("Unused", vec![field("sent", plain(TypeRef::Named(TypeId(0))))]),
        ]);
        api.operations.push(operation("POST", "/a", Some(TypeId(0)), Some(TypeId(2))));
        mark(&mut api);
        let usage: Vec<(bool, bool)> =
            api.types.iter().map(|ty| (ty.usage.request, ty.usage.response)).collect();
        assert_eq!(usage, [(true, false), (true, true), (false, true), (false, false)]);
    }
}
