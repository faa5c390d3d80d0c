//! Where a single item is wrapped: `{"app": {…}}` holds nothing but the app.

use crate::ir::{Api, Node, ResponseBody, Shape, ToolMethod, TypeId, TypeRef};

/// Most aliases that are read through.
const MAX_HOPS: usize = 32;

/// Finds the wrapper of every read of one item.
pub(super) fn find(api: &mut Api) {
    let Api { types, operations, .. } = api;
    let structure = |node: &Node| {
        let mut node = node;
        for _ in 0..MAX_HOPS {
            let (TypeRef::Named(TypeId(id)) | TypeRef::Boxed(TypeId(id))) = node.ty else {
                return None;
            };
            match &types[id].shape {
                Shape::Alias(target) => node = target,
                Shape::Struct { fields, .. } => return Some(fields),
                Shape::StringEnum(_) | Shape::Union(_) => return None,
            }
        }
        None
    };
    for operation in operations {
        let Some(tool) = operation.tool.as_mut().filter(|tool| tool.method == ToolMethod::Get)
        else {
            continue;
        };
        let body = operation.success.iter().find_map(|response| match &response.body {
            ResponseBody::Json(node) => Some(node),
            _ => None,
        });
        if let Some([only]) = body.and_then(structure).map(Vec::as_slice)
            && structure(&only.node).is_some()
        {
            tool.wrapper = Some(only.wire.clone());
        }
    }
}
