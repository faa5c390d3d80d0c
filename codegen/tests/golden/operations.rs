//! Operations with every place, body and answer.

use codegen::ir::{
    Annotations, BodyArguments, BodyEncoding, Constant, CookieStyle, Field, HeaderStyle, Job,
    LiveFields, Location, Node, Operation, PageStyle, Pagination, Parameter, PathStyle, QueryStyle,
    RateLimit, RequestBody, Response, ResponseBody, Segment, Shape, Signature, Status, Tool,
    TypeRef,
};
use serde_json::json;

use super::types::{self, FILTER, PATCH, PET, PETS, PROBLEM, SHAPE, STATE, UPLOAD};
use super::{any, list, node, said};

pub(crate) fn all() -> Vec<Operation> {
    let mut all = vec![
        list_pets(),
        by_cursor(),
        Operation {
            parameters: vec![path("petId", "id")],
            segments: vec![Segment::Literal("/pets/".to_owned()), Segment::Parameter(0)],
            ..operation(
                "getPet",
                "GET",
                "get",
                "/pets/{petId}",
                vec![json_answer(200, PET), empty(204)],
            )
        },
        Operation {
            body: Some(json_body(PET)),
            ..operation(
                "createPet",
                "POST",
                "create",
                "/pets",
                vec![json_answer(201, PET), json_answer(202, STATE)],
            )
        },
        Operation {
            parameters: vec![path("petId", "id")],
            segments: vec![Segment::Literal("/pets/".to_owned()), Segment::Parameter(0)],
            body: Some(RequestBody { required: false, ..json_body(PATCH) }),
            ..operation(
                "updatePet",
                "PATCH",
                "update",
                "/pets/{petId}",
                vec![json_answer(200, PET)],
            )
        },
        Operation {
            parameters: vec![Parameter {
                location: Location::Path(PathStyle::Label { explode: true }),
                ..path("ids", "ids")
            }],
            segments: vec![
                Segment::Literal("/pets/".to_owned()),
                Segment::Parameter(0),
                Segment::Literal("/photo".to_owned()),
            ],
            deprecated: true,
            ..operation(
                "getPhoto",
                "GET",
                "get",
                "/pets/{ids}/photo",
                vec![answer(200, ResponseBody::Binary)],
            )
        },
        Operation {
            body: Some(RequestBody {
                media_type: "multipart/form-data".to_owned(),
                encoding: BodyEncoding::Multipart,
                ..json_body(UPLOAD)
            }),
            ..operation("upload", "POST", "upload", "/uploads", vec![empty(204)])
        },
        Operation {
            body: Some(whole(
                "application/x-www-form-urlencoded",
                BodyEncoding::Form,
                node(TypeRef::Named(PATCH)),
            )),
            ..operation("form", "POST", "form", "/form", vec![answer(200, ResponseBody::Text)])
        },
        Operation {
            body: Some(whole("text/plain", BodyEncoding::Text, node(TypeRef::String))),
            ..operation("text", "PUT", "update", "/text", Vec::new())
        },
        Operation {
            body: Some(whole("*/*", BodyEncoding::Binary, node(TypeRef::Binary))),
            ..operation("bytes", "PUT", "update", "/bytes", Vec::new())
        },
        Operation {
            body: Some(whole(
                "application/json",
                BodyEncoding::Json,
                node(list(TypeRef::Named(SHAPE))),
            )),
            ..operation(
                "shapes",
                "POST",
                "search",
                "/shapes",
                vec![answer(200, ResponseBody::Json(node(any())))],
            )
        },
        Operation { tool: None, ..operation("token", "POST", "create", "/token", Vec::new()) },
    ];
    all[2].failure = vec![
        json_answer(400, PROBLEM),
        json_answer(404, STATE),
        Response { status: Status::Range(5), ..json_answer(0, PROBLEM) },
    ];
    let failure = all[2].failure.clone();
    all[3].failure = failure;
    all
}

fn list_pets() -> Operation {
    let styles = [
        ("deep", QueryStyle::DeepObject),
        ("comma", QueryStyle::Comma),
        ("json", QueryStyle::Json),
    ];
    let mut parameters = vec![
        query("page", TypeRef::I32),
        query("pageSize", TypeRef::I64),
        query("select", TypeRef::String),
    ];
    parameters.extend(styles.map(|(name, style)| Parameter {
        location: Location::Query(style),
        ..query(name, TypeRef::Named(FILTER))
    }));
    parameters.push(Parameter { required: true, ..query("state", TypeRef::Named(STATE)) });
    parameters.push(Parameter {
        location: Location::Header(HeaderStyle::Simple),
        node: said(TypeRef::String, "Who asks, for the audit trail of pets. Not more."),
        ..query("X-Asker", TypeRef::String)
    });
    parameters.push(Parameter {
        location: Location::Cookie(CookieStyle::Form),
        ..query("session", TypeRef::String)
    });
    let mut operation = operation("listPets", "GET", "list", "/pets", vec![json_answer(200, PETS)]);
    operation.parameters = parameters;
    operation.constants = vec![
        Constant {
            wire: "form".to_owned(),
            location: Location::Query(QueryStyle::Form),
            value: json!("launch"),
        },
        Constant {
            wire: "X-Flag".to_owned(),
            location: Location::Header(HeaderStyle::Simple),
            value: json!(true),
        },
    ];
    if let Some(tool) = &mut operation.tool {
        let style =
            PageStyle::Page { page: "page".to_owned(), size: "pageSize".to_owned(), first: 0 };
        tool.pagination = Some(Pagination {
            style,
            items: "items".to_owned(),
            total: Some("total".to_owned()),
            more: Some("next".to_owned()),
            default_size: Some(20),
            limit: None,
            max_size: Some(100),
        });
        tool.rate_limit = Some(RateLimit { requests: 40, seconds: 60, bucket: "pets".to_owned() });
        tool.fields_parameter = Some("select".to_owned());
        tool.live_fields =
            Some(LiveFields { tool: "t".into(), items: "items".to_owned(), key: "id".to_owned() });
    }
    operation
}

fn by_cursor() -> Operation {
    let mut operation = operation("walkPets", "GET", "list", "/walk", vec![json_answer(200, PETS)]);
    operation.parameters = vec![query("cursor", TypeRef::String)];
    if let Some(tool) = &mut operation.tool {
        let style =
            PageStyle::Cursor { cursor: "cursor".to_owned(), size: None, next: "next".to_owned() };
        tool.pagination = Some(Pagination {
            style,
            items: "items".to_owned(),
            total: None,
            more: None,
            default_size: None,
            limit: None,
            max_size: None,
        });
        tool.job = Some(Job {
            poll: Some("t".into()),
            arguments: [("id".to_owned(), "jobId".to_owned())].into(),
            pending_when: Some(("status".to_owned(), vec!["running".to_owned()])),
            done_when: None,
        });
    }
    operation
}

fn operation(id: &str, verb: &str, method: &str, path: &str, success: Vec<Response>) -> Operation {
    let snake = types::field(id, node(TypeRef::Bool)).ident;
    Operation {
        id: id.to_owned(),
        type_ident: id[..1].to_uppercase() + &id[1..],
        method_ident: snake.clone(),
        module: "pets".to_owned(),
        pointer: String::new(),
        method: verb.parse().expect("a method"),
        path: path.to_owned(),
        origin: None,
        segments: vec![Segment::Literal(path.to_owned())],
        title: id.to_owned(),
        doc: format!("Does what {id} says. Needs a pet."),
        detail: "More.\n\nAnd more.".to_owned(),
        tags: vec!["pets".to_owned()],
        deprecated: false,
        parameters: Vec::new(),
        constants: Vec::new(),
        body: None,
        signature: Signature::default(),
        success,
        failure: vec![json_answer(400, PROBLEM), empty(401)],
        security: vec![vec!["oauth2".to_owned()], vec!["basicAuth".to_owned(), "key".to_owned()]],
        tool: Some(Tool {
            full: None,
            name: format!("constructs_{snake}").into(),
            named: None,
            method: method.to_owned().into(),
            tags: vec!["pets".to_owned()],
            annotations: Annotations {
                read_only: verb == "GET",
                destructive: false,
                idempotent: verb == "GET",
            },
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
            questions: (verb == "GET").then(|| "what is there".to_owned()).into_iter().collect(),
        }),
    }
}

fn query(wire: &str, ty: TypeRef) -> Parameter {
    let ident = types::field(&wire.replace('-', "_").to_lowercase(), node(TypeRef::Bool)).ident;
    Parameter {
        wire: wire.to_owned(),
        argument: wire.to_owned(),
        setter: ident.clone(),
        ident,
        location: Location::Query(QueryStyle::Form),
        reserved: false,
        node: node(ty),
        stated: None,
        required: false,
        deprecated: false,
        named: None,
    }
}

fn path(wire: &str, argument: &str) -> Parameter {
    Parameter {
        argument: argument.to_owned(),
        ident: argument.to_owned(),
        setter: argument.to_owned(),
        location: Location::Path(PathStyle::Simple),
        required: true,
        ..query(wire, TypeRef::String)
    }
}

fn json_body(id: codegen::ir::TypeId) -> RequestBody {
    let ty = types::all().swap_remove(id.0);
    let fields: Vec<Field> = match ty.shape {
        Shape::Struct { fields, .. } => {
            fields.into_iter().filter(|field| !field.read_only).collect()
        }
        _ => Vec::new(),
    };
    let names = fields.iter().map(|field| {
        (
            field.wire.clone(),
            if field.wire == "data" { "data_body".to_owned() } else { field.wire.clone() },
        )
    });
    RequestBody {
        arguments: BodyArguments::Members {
            names: names.collect(),
            fields,
            open: id == PATCH,
            constants: Vec::new(),
        },
        ..whole("application/json", BodyEncoding::Json, node(TypeRef::Named(id)))
    }
}

fn whole(media_type: &str, encoding: BodyEncoding, node: Node) -> RequestBody {
    RequestBody {
        media_type: media_type.to_owned(),
        encoding,
        required: true,
        node,
        stated: None,
        alternatives: Vec::new(),
        encodings: indexmap::IndexMap::new(),
        arguments: BodyArguments::Whole("body".to_owned()),
    }
}

fn answer(code: u16, body: ResponseBody) -> Response {
    Response { status: Status::Code(code), body, media_types: Vec::new(), doc: String::new() }
}

fn json_answer(code: u16, id: codegen::ir::TypeId) -> Response {
    answer(code, ResponseBody::Json(node(TypeRef::Named(id))))
}

fn empty(code: u16) -> Response {
    answer(code, ResponseBody::Empty)
}
