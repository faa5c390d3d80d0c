//! What a use of a type comes to, once no alias is left but lists and maps of themselves.

use super::{Api, Extra, Field, Node, Shape, TypeRef, Usage};

impl Api {
    /// Whether null is a value of its own here: directly, through a list or map of itself, or as one
    /// of several alternatives.
    #[must_use]
    pub fn is_nullable(&self, node: &Node) -> bool {
        match &node.ty {
            TypeRef::Untyped(_) => false,
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                let within = match &self.types[id.0].shape {
                    Shape::Alias(inner) => inner.nullable,
                    Shape::Union(union) => union.variants().any(|variant| variant.node.nullable),
                    _ => false,
                };
                node.nullable || within
            }
            _ => node.nullable,
        }
    }

    /// The members of a type that is an object.
    #[must_use]
    pub fn members(&self, node: &Node) -> Option<(&[Field], &Extra, Usage)> {
        let (TypeRef::Named(id) | TypeRef::Boxed(id)) = node.ty else { return None };
        let ty = &self.types[id.0];
        match &ty.shape {
            Shape::Struct { fields, extra } => Some((fields, extra, ty.usage)),
            _ => None,
        }
    }
}
