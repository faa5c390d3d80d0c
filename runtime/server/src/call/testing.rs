//! A vendor in memory with every way of paging, and the transport that leads to it.

use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture, stream};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use support::api::Origin;
use support::operation::Segment;
use support::tool::{
    Annotations, Argument, ArgumentAlias, ArgumentTarget, BodyArguments, Job, PageStyle,
    Pagination, RateLimit, ToolMethod,
};
use support::{
    Api, LowerError, OperationInfo, Request, StreamingResponse, Tool, Transport, TransportError,
};

use crate::call::{CallContext, Outcome, Pipeline, ResultLimits, cursor};
use crate::call_log::Recorder;
use crate::clock::Clock;
use crate::tools::Catalogue;
use crate::toolset::Filter;
use crate::toolset::Toolset;

static READ: OperationInfo = OperationInfo {
    id: "read",
    method: Method::GET,
    path: "/things",
    segments: &[Segment::Literal("/things")],
    origin: None,
    accept: "application/json",
    security: &[],
};
static WRITE: OperationInfo = OperationInfo {
    id: "write",
    method: Method::POST,
    path: "/things",
    segments: &[Segment::Literal("/things")],
    origin: None,
    accept: "application/json",
    security: &[],
};

const ONE: &[Segment] = &[Segment::Literal("/things/"), Segment::Parameter("thingId")];
static READ_ONE: OperationInfo = OperationInfo {
    id: "read",
    method: Method::GET,
    path: "/things/{thingId}",
    segments: ONE,
    origin: None,
    accept: "application/json",
    security: &[],
};
static WRITE_ONE: OperationInfo = OperationInfo {
    id: "write",
    method: Method::POST,
    path: "/things/{thingId}",
    segments: ONE,
    origin: None,
    accept: "application/json",
    security: &[],
};

/// Lowers by the tool's own argument table, as generated code does by its struct.
fn lower(tool: &Tool, mut arguments: Map<String, Value>) -> Result<Request, LowerError> {
    let operation = match (arguments.contains_key("id"), tool.operation.id) {
        (true, "read") => &READ_ONE,
        (true, _) => &WRITE_ONE,
        (false, _) => tool.operation,
    };
    let mut request = Request::builder(operation);
    let mut body = Map::new();
    for argument in tool.arguments {
        let Some(value) = arguments.remove(argument.name) else { continue };
        match argument.target {
            ArgumentTarget::Path(wire) => request = request.path(wire, &value),
            target if target.is_parameter() => request = request.query(argument.name, &value),
            _ => _ = body.insert(argument.name.to_owned(), value),
        }
    }
    if !body.is_empty() {
        request = request.json(&body);
    }
    Ok(request.build()?)
}

const fn field(name: &'static str) -> Argument {
    Argument::query(name, name)
}

const ID: &[Argument] = &[Argument::path("id", "thingId")];

const LIST_ARGUMENTS: &[Argument] = &[
    field("q"),
    field("page"),
    field("size"),
    field("offset"),
    field("startIndex"),
    field("count"),
    field("cursor"),
];
const LIST_SCHEMAS: &str = r#"{"input":{"type":"object"},"full":{"type":"object","additionalProperties":false,
    "properties":{"q":{"type":"string"},"limit":{},"next_cursor":{},"fields":{}}},"output":{"type":"object"},
    "answer":{"id":null,"pad":null,"owner":{"email":null}}}"#;

const fn list(
    name: &'static str,
    style: PageStyle,
    items: &'static str,
    total: Option<&'static str>,
) -> Tool {
    Tool {
        title: "List things",
        description: "Lists things.",
        method: ToolMethod::List,
        tags: &["things"],
        arguments: LIST_ARGUMENTS,
        pagination: Some(Pagination {
            style,
            items,
            total,
            more: None,
            default_size: Some(10),
            limit: None,
            max_size: Some(20),
        }),
        rate_limit: Some(RateLimit { requests: 40, seconds: 60, bucket: "" }),
        ..Tool::plain(name, LIST_SCHEMAS, &READ, lower)
    }
}

const GET_SCHEMAS: &str = r#"{"input":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},
    "full":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"},"fields":{}},"required":["id"]},
    "output":{"type":"object"},"answer":{"thing":{"id":null,"name":null,"owner":{"email":null}}}}"#;
const CREATE_SCHEMAS: &str = r#"{"input":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]},
    "full":{"type":"object","additionalProperties":false,"required":["name","kind"],"properties":{
        "name":{"type":"string","minLength":1},"kind":{"type":"string","enum":["small","large"]},"count":{"type":"integer"},
        "due":{"type":"string","format":"date"},
        "steps":{"type":"array","items":{"type":"object","required":["op"],"properties":{"op":{"type":"string"},"path":{"type":"string"}}}}}},
    "output":{"type":"object"}}"#;

const NAMED_SCHEMAS: &str = r#"{"input":{"type":"object"},"full":{"type":"object","additionalProperties":false,
    "properties":{"q":{"type":"string"},"filter":{"type":"string"},"where":{"type":"object",
        "additionalProperties":{"type":"string"}},"limit":{},"next_cursor":{},"fields":{}}},
    "output":{"type":"object"},"answer":{"id":null,"colour":null}}"#;

static READ_FILE: OperationInfo = OperationInfo {
    id: "read",
    method: Method::GET,
    path: "/things/{thingId}/file",
    segments: &[
        Segment::Literal("/things/"),
        Segment::Parameter("thingId"),
        Segment::Literal("/file"),
    ],
    origin: None,
    accept: "application/octet-stream, */*;q=0.8",
    security: &[],
};

static TOOLS: [Tool; 10] = [
    Tool {
        method: ToolMethod::Custom("download"),
        schemas: GET_SCHEMAS,
        arguments: ID,
        pagination: None,
        reads_files: true,
        operation: &READ_FILE,
        ..list("acme_things_download", PageStyle::Whole, "", None)
    },
    Tool {
        method: ToolMethod::Create,
        annotations: Annotations::WRITE,
        schemas: CREATE_SCHEMAS,
        arguments: &[
            Argument::member("name", "name"),
            Argument::member("kind", "kind"),
            Argument::member("count", "count"),
            Argument::member("due", "due"),
            Argument::member("steps", "steps"),
        ],
        body: BodyArguments::REQUIRED,
        pagination: None,
        job: Some(Job {
            poll: Some("get_single_acme_thing_by_id"),
            arguments: &[("id", "job.id")],
            pending_when: None,
            done_when: None,
        }),
        operation: &WRITE,
        ..list("create_a_acme_thing", PageStyle::Whole, "", None)
    },
    Tool {
        method: ToolMethod::Delete,
        annotations: Annotations::REMOVE,
        schemas: GET_SCHEMAS,
        arguments: ID,
        pagination: None,
        ..list("delete_a_acme_thing_by_id", PageStyle::Whole, "", None)
    },
    Tool {
        method: ToolMethod::Get,
        schemas: GET_SCHEMAS,
        arguments: ID,
        pagination: None,
        operation: &READ_ONE,
        wrapper: Some("thing"),
        ..list("get_single_acme_thing_by_id", PageStyle::Whole, "", None)
    },
    list(
        "list_all_acme_cursor",
        PageStyle::Cursor { cursor: "cursor", size: Some("size"), next: "paging.next" },
        "data.rows",
        None,
    ),
    list(
        "list_all_acme_offset",
        PageStyle::Offset { offset: "offset", size: "size" },
        "rows",
        None,
    ),
    list(
        "list_all_acme_page",
        PageStyle::Page { page: "page", size: "size", first: 1 },
        "rows",
        Some("count"),
    ),
    Tool {
        schemas: NAMED_SCHEMAS,
        arguments: &[field("q"), field("filter"), field("where"), field("page"), field("size")],
        aliases: &[
            ArgumentAlias::of("search", "q"),
            ArgumentAlias::of("page_size", "limit"),
            ArgumentAlias::of("email", "filter").written("mail eq {string}", Some(" and ")),
            ArgumentAlias::of("name", "filter").written("name co {word}", Some(" and ")),
            ArgumentAlias::of("active", "filter").written("active eq {boolean}", Some(" and ")),
        ],
        lifted: Some("where"),
        ..list(
            "list_all_acme_people",
            PageStyle::Page { page: "page", size: "size", first: 1 },
            "rows",
            Some("count"),
        )
    },
    list(
        "list_all_acme_scim",
        PageStyle::Scim { start: "startIndex", size: "count" },
        "Resources",
        Some("totalResults"),
    ),
    list("list_all_acme_whole", PageStyle::Whole, "", None),
];

/// An API with five ways of paging.
pub(crate) static ACME: Api = Api {
    slug: "acme",
    title: "Acme",
    instructions: "Things have ids.",
    origins: &[Origin { region: "", url: "https://acme.example" }],
    tools: &TOOLS,
    ..Api::EMPTY
};

pub(crate) static CATALOGUE: LazyLock<Arc<Catalogue>> =
    LazyLock::new(|| Arc::new(Catalogue::new(&ACME)));

/// What a vendor answers.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Script = dyn Fn(&Request) -> Result<Reply, TransportError> + Send + Sync;

/// A transport that answers from a function and remembers what was sent.
pub(crate) struct Vendor {
    answer: Box<Script>,
    pub(crate) sent: Mutex<Vec<Request>>,
}

impl Vendor {
    pub(crate) fn new(
        answer: impl Fn(&Request) -> Result<Reply, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self { answer: Box::new(answer), sent: Mutex::default() }
    }

    pub(crate) fn always(reply: Reply) -> Self {
        Self::new(move |_| Ok(reply.clone()))
    }

    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    /// `rows` rows in the paging style that the query asks in.
    pub(crate) fn with_rows(rows: usize) -> Self {
        Self::new(move |request| Ok(Reply::json(200, page(request.query(), rows).to_string())))
    }
}

fn page(query: &str, rows: usize) -> Value {
    let find = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let number = |name: &str| find(name).and_then(|text| text.parse::<usize>().ok());
    let cut = |from: usize, size: usize| {
        (from..rows.min(from.saturating_add(size)))
            .map(|id| json!({"id": id, "pad": "x".repeat(id % 40)}))
            .collect::<Vec<_>>()
    };
    if let Some(page) = number("page") {
        let size = number("size").unwrap();
        return json!({"page": page, "rows": cut((page - 1) * size, size), "count": rows});
    }
    if let Some(offset) = number("offset") {
        return json!({"rows": cut(offset, number("size").unwrap())});
    }
    if let Some(start) = number("startIndex") {
        return json!({"totalResults": rows, "Resources": cut(start - 1, number("count").unwrap())});
    }
    if query.contains("size=") {
        let size = number("size").unwrap();
        let from =
            find("cursor").map_or(0, |text| text.strip_prefix("tok/").unwrap().parse().unwrap());
        let next = (from + size < rows).then(|| format!("tok/{}", from + size));
        return json!({"data": {"rows": cut(from, size)}, "paging": {"next": next}});
    }
    Value::Array(cut(0, rows))
}

impl Transport for Vendor {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let reply = (self.answer)(&request);
        self.sent.lock().unwrap().push(request);
        async move {
            let reply = reply?;
            let mut headers = HeaderMap::new();
            for (name, value) in &reply.headers {
                headers.insert(*name, HeaderValue::from_str(value).unwrap());
            }
            let body = reply.body;
            Ok(StreamingResponse {
                status: StatusCode::from_u16(reply.status).unwrap(),
                headers,
                body: Box::pin(stream::once(async move { Ok(body) })),
            })
        }
        .boxed()
    }
}

pub(crate) fn pipeline(result: usize) -> Pipeline {
    Pipeline {
        cursors: cursor::Key::derive(&[7; 32]),
        limits: ResultLimits::of(result),
        clock: Clock::held("2026-01-31T10:00:00Z".parse().unwrap()),
        tenant: crate::call::tenant::TenantMetadata::default(),
        rates: crate::call::rates::Rates::default(),
        outbound: None,
        reads_end: tokio_util::sync::CancellationToken::new(),
    }
}

pub(crate) fn everything() -> &'static Toolset {
    static EVERYTHING: LazyLock<Toolset> =
        LazyLock::new(|| Toolset::build(&CATALOGUE, &Filter::default()));
    &EVERYTHING
}

/// Calls a tool of the API with everything exposed.
pub(crate) async fn call(
    vendor: &Vendor,
    pipeline: &Pipeline,
    account: &str,
    tool: &str,
    arguments: Value,
) -> (Value, Outcome) {
    let context = CallContext {
        account,
        transport: vendor,
        toolset: everything(),
        recorder: Recorder::default(),
        digits: None,
    };
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let outcome = pipeline.call(&context, tool, arguments).await.unwrap();
    (serde_json::from_str(outcome.json()).unwrap(), outcome)
}
