//! How members may be absent in Rust.

use crate::ir::{Api, Field, Presence, Shape, TypeRef, Usage};

/// Says for every member of every struct how it may be absent.
pub(super) fn decide(api: &mut Api) {
    let mut decided = Vec::new();
    for (index, ty) in api.types.iter().enumerate() {
        if let Shape::Struct { fields, .. } = &ty.shape {
            let presences: Vec<Presence> =
                fields.iter().map(|field| presence(api, field, ty.usage)).collect();
            decided.push((index, presences));
        }
    }
    for (index, presences) in decided {
        if let Shape::Struct { fields, .. } = &mut api.types[index].shape {
            for (field, presence) in fields.iter_mut().zip(presences) {
                field.presence = presence;
            }
        }
    }
}

fn presence(api: &Api, field: &Field, usage: Usage) -> Presence {
    let one_sided = (field.read_only && usage.request) || (field.write_only && usage.response);
    let sent = usage.request && !field.read_only;
    if field.required && !one_sided {
        Presence::Required
    } else if sent && matches!(field.node.ty, TypeRef::Untyped(_)) {
        Presence::Anything
    } else if sent && api.is_nullable(&field.node) {
        Presence::Nullable
    } else {
        Presence::Optional
    }
}
