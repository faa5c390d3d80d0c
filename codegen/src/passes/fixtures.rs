//! Small APIs for the passes' tests.

use indexmap::IndexMap;

use crate::ir::{
    Annotations, Api, BodyArguments, BodyEncoding, Extra, Field, Node, Operation, Presence,
    RequestBody, Response, ResponseBody, Segment, Shape, Signature, Status, Tool, ToolMethod,
    ToolName, Type, TypeId, TypeRef, Usage,
};

pub(super) fn api(types: Vec<Type>) -> Api {
    Api {
        file: "test.yaml".to_owned(),
        slug: "test".to_owned(),
        title: "Test".to_owned(),
        version: "1".to_owned(),
        doc: String::new(),
        instructions: String::new(),
        origins: Vec::new(),
        base_path: String::new(),
        schemes: Vec::new(),
        constant_headers: Vec::new(),
        acting_user: None,
        further_tokens: Vec::new(),
        environment: Vec::new(),
        synonyms: Vec::new(),
        proper_nouns: String::new(),
        example: None,
        shown: None,
        stated: None,
        types,
        alternatives: std::collections::BTreeMap::new(),
        operations: Vec::new(),
        status_enums: Vec::new(),
        skipped: Vec::new(),
        budget: None,
        launch: None,
        value_kinds: None,
        presets: Vec::new(),
        prompts: Vec::new(),
    }
}

pub(super) fn plain(ty: TypeRef) -> Node {
    Node { ty, nullable: false, doc: String::new(), constraints: Box::default() }
}

pub(super) fn list(node: Node) -> Node {
    plain(TypeRef::List(Box::new(node)))
}

pub(super) fn field(wire: &str, node: Node) -> Field {
    Field {
        wire: wire.to_owned(),
        ident: String::new(),
        setter: String::new(),
        null_setter: None,
        presence: Presence::default(),
        node,
        required: true,
        read_only: false,
        write_only: false,
        deprecated: false,
    }
}

pub(super) fn shaped(name: &str, shape: Shape) -> Type {
    Type {
        source_name: name.to_owned(),
        component: true,
        ident: String::new(),
        module: String::new(),
        pointer: format!("/components/schemas/{name}"),
        doc: String::new(),
        deprecated: false,
        shape,
        usage: Usage::default(),
    }
}

pub(super) fn record(name: &str, fields: Vec<Field>) -> Type {
    shaped(name, Shape::Struct { fields, extra: Extra::Ignore })
}

pub(super) fn alias(name: &str, node: Node) -> Type {
    shaped(name, Shape::Alias(node))
}

pub(super) fn operation(
    method: &str,
    path: &str,
    body: Option<TypeId>,
    answer: Option<TypeId>,
) -> Operation {
    Operation {
        id: format!("{} {path}", method.to_lowercase()),
        type_ident: String::new(),
        method_ident: String::new(),
        module: String::new(),
        pointer: String::new(),
        method: method.parse().expect("a method"),
        path: path.to_owned(),
        origin: None,
        segments: vec![Segment::Literal(path.to_owned())],
        title: String::new(),
        doc: String::new(),
        detail: String::new(),
        tags: Vec::new(),
        deprecated: false,
        parameters: Vec::new(),
        constants: Vec::new(),
        body: body.map(|id| RequestBody {
            media_type: "application/json".to_owned(),
            encoding: BodyEncoding::Json,
            required: true,
            node: plain(TypeRef::Named(id)),
            stated: None,
            alternatives: Vec::new(),
            encodings: indexmap::IndexMap::new(),
            arguments: BodyArguments::Members {
                names: IndexMap::new(),
                fields: Vec::new(),
                open: false,
                constants: Vec::new(),
            },
        }),
        success: answer
            .map(|id| Response {
                status: Status::Code(200),
                body: ResponseBody::Json(plain(TypeRef::Named(id))),
                media_types: vec!["application/json".to_owned()],
                doc: String::new(),
            })
            .into_iter()
            .collect(),
        failure: Vec::new(),
        security: Vec::new(),
        signature: Signature::default(),
        tool: Some(Tool {
            full: None,
            name: ToolName::default(),
            named: None,
            method: ToolMethod::List,
            tags: vec!["test".to_owned()],
            annotations: Annotations { read_only: true, destructive: false, idempotent: true },
            pagination: None,
            rate_limit: None,
            job: None,
            fields_parameter: None,
            wrapper: None,
            searched: None,
            live_fields: None,
            tenant_values: None,
            opens_at: None,
            launch_form: false,
            aliases: Vec::new(),
            lifted: None,
            questions: Vec::new(),
        }),
    }
}
