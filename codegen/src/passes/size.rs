//! Keeps types small: a member that would make its holder large in memory is held in a box.
//!
//! Structs hold structs. Without this, the types of a large document grow to megabytes, and
//! decoding one answer exhausts a thread's stack.

use crate::ir::{Extra, Node, Shape, Type, TypeId, TypeRef, Union};

/// From how many bytes on a type is held in a box.
const LARGE: usize = 512;

/// Boxes what is large. Recursion has been ended: no type holds itself.
pub(super) fn bound(types: &mut [Type]) {
    let mut sizes: Vec<Option<usize>> = vec![None; types.len()];
    for start in 0..types.len() {
        let mut stack = vec![start];
        while let Some(at) = stack.last().copied() {
            if sizes[at].is_some() {
                stack.pop();
                continue;
            }
            let pending: Vec<usize> =
                held(&types[at].shape).filter(|id| sizes[id.0].is_none()).map(|id| id.0).collect();
            if pending.is_empty() {
                box_large(&mut types[at].shape, &sizes);
                sizes[at] = Some(shape_size(&types[at].shape, &sizes));
                stack.pop();
            } else {
                stack.extend(pending);
            }
        }
    }
}

/// The types that a shape holds in itself.
fn held(shape: &Shape) -> impl Iterator<Item = TypeId> {
    let (fields, union, alias) = match shape {
        Shape::Struct { fields, .. } => (fields.as_slice(), None, None),
        Shape::Union(union) => ([].as_slice(), Some(union), None),
        Shape::Alias(node) => ([].as_slice(), None, Some(node)),
        Shape::StringEnum(_) => ([].as_slice(), None, None),
    };
    let nodes = fields
        .iter()
        .map(|field| &field.node)
        .chain(union.into_iter().flat_map(Union::variants).map(|variant| &variant.node))
        .chain(alias);
    nodes.filter_map(|node| match node.ty {
        TypeRef::Named(id) => Some(id),
        _ => None,
    })
}

fn box_large(shape: &mut Shape, sizes: &[Option<usize>]) {
    let visit = |node: &mut Node| {
        if let TypeRef::Named(id) = node.ty
            && sizes[id.0].unwrap_or_default() >= LARGE
        {
            node.ty = TypeRef::Boxed(id);
        }
    };
    match shape {
        Shape::Struct { fields, .. } => {
            fields.iter_mut().map(|field| &mut field.node).for_each(visit);
        }
        Shape::Union(union) => {
            union.variants_mut().map(|variant| &mut variant.node).for_each(visit);
        }
        Shape::Alias(_) | Shape::StringEnum(_) => {}
    }
}

/// About how many bytes a value takes in place, on a 64-bit machine.
fn shape_size(shape: &Shape, sizes: &[Option<usize>]) -> usize {
    match shape {
        Shape::Struct { fields, extra } => {
            let extra = if matches!(extra, Extra::Keep(_)) { 72 } else { 0 };
            fields.iter().map(|field| size(&field.node, sizes)).fold(extra, usize::saturating_add)
        }
        // Whatever is unknown is kept as a value.
        Shape::Union(union) => union
            .variants()
            .map(|variant| size(&variant.node, sizes))
            .fold(72, usize::max)
            .saturating_add(8),
        Shape::StringEnum(_) => 24,
        Shape::Alias(node) => size(node, sizes),
    }
}

fn size(node: &Node, sizes: &[Option<usize>]) -> usize {
    match &node.ty {
        TypeRef::Named(id) => sizes[id.0].unwrap_or_default(),
        TypeRef::Bool => 1,
        TypeRef::Boxed(_) | TypeRef::I32 | TypeRef::U32 => 8,
        TypeRef::I64 | TypeRef::U64 | TypeRef::F64 => 16,
        TypeRef::Untyped(_) | TypeRef::File => 72,
        TypeRef::Map(value) if matches!(value.ty, TypeRef::Untyped(_)) => 72,
        _ => 24,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{field, plain, record};
    use super::*;

    #[test]
    fn what_would_grow_large_is_boxed() {
        let named = |id| field(&format!("m{id}"), plain(TypeRef::Named(TypeId(id))));
        let many = |count: usize| {
            (0..count).map(|n| field(&format!("f{n}"), plain(TypeRef::String))).collect()
        };
        let mut types = vec![
            record("Holder", vec![named(1), named(2)]),
            record("Large", many(22)),
            record("Small", many(21)),
            record("Outer", vec![named(0)]),
        ];
        bound(&mut types);
        let held = |index: usize| match &types[index].shape {
            Shape::Struct { fields, .. } => {
                fields.iter().map(|field| field.node.ty.clone()).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        };
        assert_eq!(held(0), [TypeRef::Boxed(TypeId(1)), TypeRef::Named(TypeId(2))]);
        assert_eq!(held(3), [TypeRef::Boxed(TypeId(0))]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let count = 50_000;
        let next = |n: usize| {
            if n + 1 < count {
                vec![field("next", plain(TypeRef::Named(TypeId(n + 1))))]
            } else {
                Vec::new()
            }
        };
        let mut types: Vec<Type> = (0..count).map(|n| record(&format!("T{n}"), next(n))).collect();
        bound(&mut types);
    }
}
