//! Types of every kind.

use codegen::ir::{
    Constraints, EnumValue, Extra, Field, Matcher, Node, Presence, Shape, ShapedVariant,
    TaggedVariant, Type, TypeId, TypeRef, Union, Usage, Variant,
};
use serde_json::json;

use super::{any, list, node, nullable, said};

pub(crate) const STATE: TypeId = TypeId(0);
pub(crate) const PET: TypeId = TypeId(1);
pub(crate) const PETS: TypeId = TypeId(2);
pub(crate) const TREE: TypeId = TypeId(3);
pub(crate) const SHAPE: TypeId = TypeId(4);
pub(crate) const CIRCLE: TypeId = TypeId(5);
pub(crate) const SQUARE: TypeId = TypeId(6);
pub(crate) const FILTER: TypeId = TypeId(7);
pub(crate) const NAMES: TypeId = TypeId(8);
pub(crate) const PATCH: TypeId = TypeId(9);
pub(crate) const UPLOAD: TypeId = TypeId(10);
pub(crate) const PROBLEM: TypeId = TypeId(11);
pub(crate) const OPTION: TypeId = TypeId(12);
pub(crate) const ENDLESS: TypeId = TypeId(13);

#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn all() -> Vec<Type> {
    vec![
        named(
            "State",
            "pets",
            Shape::StringEnum(values(&[
                ("open", "Open"),
                ("not-found", "NotFound"),
                ("\"quoted`", "Quoted"),
            ])),
        ),
        named(
            "Pet",
            "pets",
            object(
                vec![
                    required(
                        "id",
                        said(
                            TypeRef::I64,
                            "Number, **unique**. See [docs](https://example.com/x_y).",
                        ),
                    ),
                    required("name", node(TypeRef::String)),
                    field("state", node(TypeRef::Named(STATE))),
                    required("ownerId", nullable(TypeRef::String)),
                    field("note", nullable(TypeRef::String)),
                    field("born", node(TypeRef::Date)),
                    field("tags", node(list(TypeRef::String))),
                    field("limits", Node { constraints: bounds(), ..node(TypeRef::I32) }),
                    Field { read_only: true, ..required("createdAt", node(TypeRef::DateTime)) },
                    Field { deprecated: true, ..field("type", node(TypeRef::String)) },
                ],
                Extra::Ignore,
            ),
        ),
        named(
            "PetPage",
            "pets",
            object(
                vec![
                    required("items", node(list(TypeRef::Named(PET)))),
                    field("total", node(TypeRef::I32)),
                    field("next", nullable(TypeRef::String)),
                ],
                Extra::Ignore,
            ),
        ),
        named(
            "Tree",
            "shapes",
            object(
                vec![
                    field("left", node(TypeRef::Boxed(TREE))),
                    field("children", node(list(TypeRef::Named(TREE)))),
                    field("names", node(TypeRef::Named(NAMES))),
                ],
                Extra::Keep(Box::new(node(any()))),
            ),
        ),
        named(
            "Shape",
            "shapes",
            Shape::Union(Union::Tagged {
                property: "kind".to_owned(),
                variants: vec![
                    tagged("Circle", CIRCLE, "circle", &["round"]),
                    tagged("Square", SQUARE, "square", &[]),
                ],
                base: None,
            }),
        ),
        named(
            "Circle",
            "shapes",
            object(
                vec![required("kind", node(TypeRef::String)), field("radius", node(TypeRef::F64))],
                Extra::Refuse,
            ),
        ),
        named(
            "Square",
            "shapes",
            object(
                vec![
                    required("kind", node(TypeRef::String)),
                    required("side", node(TypeRef::F64)),
                    field("inside", node(TypeRef::Boxed(SHAPE))),
                ],
                Extra::Keep(Box::new(node(TypeRef::F64))),
            ),
        ),
        named(
            "Filter",
            "shapes",
            Shape::Union(Union::Shaped {
                variants: vec![
                    shaped("Text", TypeRef::String, Matcher::Type("string".to_owned())),
                    shaped("Square", TypeRef::Named(SQUARE), Matcher::Has(vec!["side".to_owned()])),
                    shaped(
                        "Circle",
                        TypeRef::Named(CIRCLE),
                        Matcher::Constant {
                            property: "kind".to_owned(),
                            values: vec![json!("circle")],
                        },
                    ),
                    shaped("List", list(any()), Matcher::Any),
                ],
            }),
        ),
        named(
            "Names",
            "pets",
            Shape::Alias(node(TypeRef::Map(Box::new(node(TypeRef::Named(NAMES)))))),
        ),
        named(
            "PetPatch",
            "pets",
            object(
                vec![
                    field("name", nullable(TypeRef::String)),
                    field("names", nullable(TypeRef::Map(Box::new(node(list(TypeRef::String)))))),
                    field("data", node(TypeRef::Base64)),
                    field("anything", node(any())),
                    field("map", node(TypeRef::Map(Box::new(node(any()))))),
                    field("filter", node(TypeRef::Named(FILTER))),
                    Field {
                        ident: "extra_field".to_owned(),
                        ..field("extra", node(TypeRef::String))
                    },
                ],
                Extra::Keep(Box::new(node(any()))),
            ),
        ),
        named(
            "Upload",
            "pets",
            object(
                vec![
                    required("file", node(TypeRef::File)),
                    field("more", node(list(TypeRef::File))),
                    required("title", node(TypeRef::String)),
                    field("labels", node(list(TypeRef::String))),
                ],
                Extra::Ignore,
            ),
        ),
        named(
            "problem+json",
            "pets",
            object(vec![field("message", node(TypeRef::String))], Extra::Ignore),
        ),
        Type {
            ident: "Option".to_owned(),
            ..named(
                "Option",
                "shapes",
                object(vec![field("Some", node(TypeRef::Named(OPTION)))], Extra::Ignore),
            )
        },
        named("Endless", "shapes", Shape::Alias(node(list(TypeRef::Named(ENDLESS))))),
    ]
    .into_iter()
    .map(boxed_option)
    .collect()
}

/// The recursive member of `Option` is boxed, as the recursion pass would.
fn boxed_option(mut ty: Type) -> Type {
    if ty.ident == "Option"
        && let Shape::Struct { fields, .. } = &mut ty.shape
    {
        fields[0].node.ty = TypeRef::Boxed(OPTION);
        "some".clone_into(&mut fields[0].ident);
    }
    ty
}

fn bounds() -> Box<Constraints> {
    Box::new(Constraints {
        keywords: [("minimum", json!(1)), ("maximum", json!(9))].into(),
        default: Some(json!(3)),
        ..Constraints::default()
    })
}

pub(crate) fn named(name: &str, module: &str, shape: Shape) -> Type {
    let ident: String = name.split('+').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
    Type {
        source_name: name.to_owned(),
        component: true,
        ident,
        module: module.to_owned(),
        pointer: format!("/components/schemas/{name}"),
        doc: if name == "Pet" {
            "A pet.\n\n```\nlet it = be;\n```\n- one\n- two".to_owned()
        } else {
            String::new()
        },
        deprecated: name == "Circle",
        shape,
        usage: Usage { request: true, response: true },
    }
}

pub(crate) fn object(fields: Vec<Field>, extra: Extra) -> Shape {
    Shape::Struct { fields, extra }
}

pub(crate) fn field(wire: &str, node: Node) -> Field {
    let mut ident = String::new();
    for c in wire.chars() {
        if c.is_uppercase() {
            ident.push('_');
        }
        ident.extend(c.to_lowercase());
    }
    Field {
        wire: wire.to_owned(),
        setter: ident.clone(),
        null_setter: None,
        presence: Presence::default(),
        ident,
        node,
        required: false,
        read_only: false,
        write_only: false,
        deprecated: false,
    }
}

pub(crate) fn required(wire: &str, node: Node) -> Field {
    Field { required: true, ..field(wire, node) }
}

fn values(list: &[(&str, &str)]) -> Vec<EnumValue> {
    list.iter()
        .map(|(wire, ident)| EnumValue { wire: (*wire).to_owned(), ident: (*ident).to_owned() })
        .collect()
}

fn variant(ident: &str, ty: TypeRef) -> Variant {
    Variant { ident: ident.to_owned(), node: node(ty) }
}

fn tagged(ident: &str, id: TypeId, tag: &str, aliases: &[&str]) -> TaggedVariant {
    TaggedVariant {
        variant: variant(ident, TypeRef::Named(id)),
        tag: tag.to_owned(),
        aliases: aliases.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

fn shaped(ident: &str, ty: TypeRef, matcher: Matcher) -> ShapedVariant {
    ShapedVariant { variant: variant(ident, ty), matcher }
}
