//! What a use of a type comes to once its aliases are followed.

use std::collections::BTreeSet;

use super::{Api, Extra, Field, Node, Shape, TypeId, TypeRef, Usage};

/// Most aliases that are followed.
const MOST_HOPS: usize = 64;

impl Api {
    /// Whether null is a value of its own here, directly or through an alias.
    #[must_use]
    pub fn is_nullable(&self, node: &Node) -> bool {
        if matches!(node.ty, TypeRef::Untyped(_)) {
            return false;
        }
        node.nullable || self.alias(&node.ty).is_some_and(|inner| inner.nullable)
    }

    fn alias(&self, ty: &TypeRef) -> Option<&Node> {
        match ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => match &self.types[id.0].shape {
                Shape::Alias(node) => Some(node),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a type is once its aliases are followed, but for lists and maps of themselves.
    #[must_use]
    pub fn resolved<'a>(&'a self, node: &'a Node) -> &'a TypeRef {
        let mut ty = &node.ty;
        for _ in 0..MOST_HOPS {
            match (self.alias(ty), ty) {
                (Some(inner), TypeRef::Named(id) | TypeRef::Boxed(id))
                    if !self.is_recursive(*id) =>
                {
                    ty = &inner.ty;
                }
                _ => break,
            }
        }
        ty
    }

    /// The members of a type that is an object, aliases followed.
    #[must_use]
    pub fn members<'a>(&'a self, node: &'a Node) -> Option<(&'a [Field], &'a Extra, Usage)> {
        match self.resolved(node) {
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                let ty = &self.types[id.0];
                match &ty.shape {
                    Shape::Struct { fields, extra } => Some((fields, extra, ty.usage)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether an alias leads back to itself through aliases alone: Rust needs a type of its own
    /// for it.
    fn is_recursive(&self, start: TypeId) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![start];
        while let Some(id) = pending.pop() {
            let Shape::Alias(node) = &self.types[id.0].shape else { continue };
            let mut ty = &node.ty;
            loop {
                match ty {
                    TypeRef::List(inner) | TypeRef::Map(inner) => ty = &inner.ty,
                    TypeRef::Named(next) | TypeRef::Boxed(next) => {
                        if *next == start {
                            return true;
                        }
                        if seen.insert(*next) {
                            pending.push(*next);
                        }
                        break;
                    }
                    _ => break,
                }
            }
        }
        false
    }
}
