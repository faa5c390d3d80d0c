//! A body of several forms as one set of arguments: the members of all, each with what it is in which
//! form.

use indexmap::IndexMap;
use serde_json::Value;

use crate::ir::{
    Constraints, Extra, Field, FormMember, Matcher, Node, Presence, Shape, Type, TypeRef, Union,
    Variant,
};

/// The most forms of which is told what a member is in each: nobody reads more of them.
const MOST_FORMS: usize = 24;

/// One of the forms.
pub(super) struct Form<'a> {
    /// The values of the tag that mean it.
    tags: Vec<String>,
    fields: &'a [Field],
    /// Whether there may be further members.
    pub(super) open: bool,
}

/// The forms of a body; `None` where one of them is no object.
pub(super) fn of<'a>(types: &'a [Type], union: &Union) -> Option<Vec<Form<'a>>> {
    let form = |variant: &Variant, tags: Vec<String>| {
        let (TypeRef::Named(id) | TypeRef::Boxed(id)) = variant.node.ty else { return None };
        let Shape::Struct { fields, extra } = &types[id.0].shape else { return None };
        Some(Form { tags, fields: fields.as_slice(), open: matches!(extra, Extra::Keep(_)) })
    };
    match union {
        Union::Tagged { variants, base, .. } => variants
            .iter()
            .map(|found| form(&found.variant, found.tags().map(str::to_owned).collect()))
            .chain(base.iter().map(|base| form(&base.variant, base.tags.clone())))
            .collect(),
        Union::Shaped { variants } => variants
            .iter()
            .map(|found| {
                let tags = match &found.matcher {
                    Matcher::Constant { values, .. } => {
                        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                    }
                    _ => Vec::new(),
                };
                form(&found.variant, tags)
            })
            .collect(),
    }
}

/// The members of all forms: required where all require them.
pub(super) fn united(forms: &[Form<'_>], union: &Union) -> Vec<Field> {
    let mut all: IndexMap<String, Field> = IndexMap::new();
    for field in forms.iter().flat_map(|form| form.fields).filter(|field| !field.read_only) {
        match all.get_mut(&field.wire) {
            Some(known) if known.node.ty != field.node.ty => {
                known.node.ty = TypeRef::Untyped("it differs by alternative".to_owned());
            }
            Some(_) => {}
            None => _ = all.insert(field.wire.clone(), field.clone()),
        }
    }
    for (wire, field) in &mut all {
        let members: Vec<FormMember> = forms.iter().map(|form| member(form, wire)).collect();
        field.required = members.iter().all(|member| member.required);
        let differs = members.iter().any(|member| member.node.is_none());
        if forms.len() <= MOST_FORMS && (differs || matches!(field.node.ty, TypeRef::Untyped(_))) {
            field.node.constraints.forms = members;
        }
    }
    if let Union::Tagged { property, .. } = union {
        let tag = tag(property, union, all.get(property));
        all.shift_remove(property);
        all.shift_insert(0, property.clone(), tag);
    }
    let mut fields: Vec<Field> = all.into_values().collect();
    fields.sort_by_key(|field| !field.required);
    fields
}

fn member(form: &Form<'_>, wire: &str) -> FormMember {
    let found = form.fields.iter().find(|field| field.wire == wire && !field.read_only);
    FormMember {
        tags: form.tags.clone(),
        required: found.is_some_and(|field| field.required),
        node: found.map(|field| field.node.clone()),
    }
}

/// The member that tells the forms apart, with the values of all.
fn tag(property: &str, union: &Union, known: Option<&Field>) -> Field {
    let known = known.map(|field| &field.node);
    let doc = known.map(|node| node.doc.clone()).unwrap_or_default();
    let ty = match known.map(|node| &node.ty) {
        Some(ty @ (TypeRef::I32 | TypeRef::I64 | TypeRef::F64 | TypeRef::Bool)) => ty.clone(),
        _ => TypeRef::String,
    };
    // A discriminator's values are text; on the wire they are of the member's type.
    let typed = |text: &str| {
        let parsed = if ty == TypeRef::String { None } else { serde_json::from_str(text).ok() };
        parsed.unwrap_or_else(|| Value::from(text))
    };
    let values = union.tags().map(typed).collect();
    let constraints = Box::new(Constraints { values, ..Constraints::default() });
    Field {
        wire: property.to_owned(),
        ident: String::new(),
        setter: String::new(),
        null_setter: None,
        presence: Presence::default(),
        node: Node { ty, nullable: false, doc, constraints },
        required: true,
        read_only: false,
        write_only: false,
        deprecated: false,
    }
}
