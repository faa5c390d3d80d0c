//! How deep a schema may be spelled out before it grows too large.
//!
//! The types of large documents refer to one another so densely that spelling all of them out has no end in practice.
//! Everything to a certain depth is worth more than one branch to its end, so the depth gives way.

use crate::ir::{Extra, Node, Shape, TypeId, TypeRef};

use super::super::scope::Scope;

/// The depths that are tried.
const DEPTHS: [usize; 9] = [12, 9, 7, 6, 5, 4, 3, 2, 1];
/// The most schemas that one tool's arguments may consist of.
const MOST: usize = 1000;

/// The greatest depth to which these nodes can be spelled out.
pub(super) fn deepest<'n>(scope: &Scope<'_>, nodes: impl Iterator<Item = &'n Node> + Clone) -> usize {
    let fits = |deepest: &usize| {
        let mut count = Count { scope, deepest: *deepest, left: MOST };
        nodes.clone().all(|node| count.node(node, &mut Vec::new()).is_some())
    };
    DEPTHS.into_iter().find(|depth| fits(depth)).unwrap_or(1)
}

struct Count<'s, 'a> {
    scope: &'s Scope<'a>,
    deepest: usize,
    left: usize,
}

impl Count<'_, '_> {
    /// `None` once there are too many.
    fn node(&mut self, node: &Node, around: &mut Vec<TypeId>) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if around.len() > self.deepest {
            return Some(());
        }
        match &node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) if !around.contains(id) => {
                around.push(*id);
                self.shape(&self.scope.api.types[id.0].shape, around)?;
                around.pop();
                Some(())
            }
            TypeRef::List(inner) | TypeRef::Map(inner) => self.node(inner, around),
            _ => Some(()),
        }
    }

    fn shape(&mut self, shape: &Shape, around: &mut Vec<TypeId>) -> Option<()> {
        match shape {
            Shape::Alias(node) => self.node(node, around),
            Shape::StringEnum(_) => Some(()),
            Shape::Struct { fields, extra } => {
                fields.iter().filter(|field| !field.read_only).try_for_each(|field| self.node(&field.node, around))?;
                match extra {
                    Extra::Keep(node) => self.node(node, around),
                    Extra::Ignore | Extra::Refuse => Some(()),
                }
            }
            Shape::Union { variants, .. } => variants.iter().try_for_each(|variant| self.node(&variant.node, around)),
        }
    }
}
