//! How deep a schema may be spelled out before it grows too large.
//!
//! The types of large documents refer to one another so densely that spelling all of them out has
//! no end in practice. Everything to a certain depth is worth more than one branch to its end, so
//! the depth gives way.

use crate::ir::{Constraints, Extra, Node, Shape, TypeId, TypeRef};

use super::super::scope::Scope;
use super::full::LONGEST_TEXT;

/// The depths that are tried.
const DEPTHS: [usize; 9] = [12, 9, 7, 6, 5, 4, 3, 2, 1];
/// The most schemas that one tool's arguments may consist of.
const MOST: usize = 1000;
/// The most that all tools together may: each of an API of thousands gets less.
const MOST_TOGETHER: usize = 4_000_000;
/// The least that is left to each, and the most that the shallowest depths may take.
const LEAST: usize = 50;
const MOST_SHALLOW: usize = 20_000;
/// How many bytes of values count as one schema more.
const BYTES: usize = 256;

/// The greatest depth to which these nodes can be spelled out; `None` when even their outermost
/// schemas are too large.
pub(super) fn deepest<'n>(
    scope: &Scope<'_>,
    nodes: impl Iterator<Item = &'n Node> + Clone,
) -> Option<usize> {
    let fits = |deepest: usize, left: usize| {
        let mut count = Count { scope, deepest, left };
        nodes.clone().all(|node| count.node(node, &mut Vec::new()).is_some())
    };
    let share = (MOST_TOGETHER / scope.api.operations.len().max(1)).clamp(LEAST, MOST_SHALLOW);
    let most = share.min(MOST);
    let shallowest = || [1, 0].into_iter().find(|depth| fits(*depth, share));
    DEPTHS.into_iter().find(|depth| fits(*depth, most)).or_else(shallowest)
}

struct Count<'s, 'a> {
    scope: &'s Scope<'a>,
    deepest: usize,
    left: usize,
}

impl Count<'_, '_> {
    /// `None` once there are too many.
    fn node(&mut self, node: &Node, around: &mut Vec<TypeId>) -> Option<()> {
        self.left = self.left.checked_sub(
            1 + weight(&node.constraints) + node.doc.len().min(LONGEST_TEXT) / BYTES,
        )?;
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
            Shape::StringEnum(values) => {
                let bytes: usize = values.iter().map(|value| value.wire.len() + 4).sum();
                self.left = self.left.checked_sub(bytes / BYTES)?;
                Some(())
            }
            Shape::Struct { fields, extra } => {
                fields
                    .iter()
                    .filter(|field| !field.read_only)
                    .try_for_each(|field| self.node(&field.node, around))?;
                match extra {
                    Extra::Keep(node) => self.node(node, around),
                    Extra::Ignore | Extra::Refuse => Some(()),
                }
            }
            Shape::Union(union) => {
                union.variants().try_for_each(|variant| self.node(&variant.node, around))
            }
        }
    }
}

/// What the values that a schema names add to it.
fn weight(constraints: &Constraints) -> usize {
    let values = constraints.values.iter().chain(&constraints.default);
    let pattern = constraints.get("pattern").and_then(serde_json::Value::as_str);
    let bytes: usize = values.map(|value| value.to_string().len()).sum();
    (bytes + pattern.map_or(0, str::len)) / BYTES
}
