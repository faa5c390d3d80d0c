//! An API by hand whose tools take every kind of argument and send it as JSON, and its vendor, which
//! keeps what it was sent.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Map, Value, json};
use support::api::{Launch, Origin};
use support::operation::Segment;
use support::security::{NamedScheme, SecurityScheme};
use support::tool::{Annotations, Argument, BodyArguments, LiveFields, ToolMethod};
use support::{Api, LowerError, OperationInfo, Request, Tool};

use super::harness::{Database, TestApp, begin, databases};

const fn operation(
    method: Method,
    accept: &'static str,
    path: &'static str,
    segments: &'static [Segment],
) -> OperationInfo {
    OperationInfo {
        id: "shop",
        method,
        path,
        segments,
        origin: None,
        accept,
        security: &[&["bearer"]],
    }
}

const JSON: &str = "application/json";
static SEARCH: OperationInfo =
    operation(Method::POST, JSON, "/search", &[Segment::Literal("/search")]);
static MAKE: OperationInfo =
    operation(Method::POST, JSON, "/things", &[Segment::Literal("/things")]);
static REMOVE: OperationInfo = operation(
    Method::DELETE,
    JSON,
    "/things/{id}",
    &[Segment::Literal("/things/"), Segment::Parameter("id")],
);
static FIELDS: OperationInfo =
    operation(Method::GET, JSON, "/fields", &[Segment::Literal("/fields")]);
static TEMPLATES: OperationInfo =
    operation(Method::GET, JSON, "/templates", &[Segment::Literal("/templates")]);
static TEMPLATE: OperationInfo = operation(
    Method::GET,
    JSON,
    "/templates/{id}",
    &[Segment::Literal("/templates/"), Segment::Parameter("id")],
);
static LAUNCH: OperationInfo =
    operation(Method::POST, JSON, "/launch", &[Segment::Literal("/launch")]);
static PICTURE: OperationInfo =
    operation(Method::GET, "application/octet-stream", "/picture", &[Segment::Literal("/picture")]);

const SEARCHED: &str = r#"{"input":{"type":"object","properties":{
    "q":{"type":"string","description":"Words <b>"},"limit":{"type":"integer"},"ratio":{"type":"number"},
    "open":{"type":"boolean"},"state":{"type":"string","enum":["new","<i>old"]},
    "tags":{"type":"array","items":{"type":"string"}},"sizes":{"type":"array","items":{"type":"integer"}},
    "kinds":{"type":"array","items":{"type":"string","enum":["a","b","c"]}},
    "where":{"type":"object","description":"{city?}"},"amount":{"description":"number|{value}"},
    "next_cursor":{"type":"string"}},"required":["q"]},
    "full":{"type":"object","additionalProperties":false,"properties":{
    "q":{"type":"string","description":"Words <b>","maxLength":40},"limit":{"type":"integer","minimum":1,"maximum":9,"default":5},
    "ratio":{"type":"number"},"open":{"type":"boolean"},"state":{"type":"string","enum":["new","<i>old"]},
    "tags":{"type":"array","items":{"type":"string"}},"sizes":{"type":"array","items":{"type":"integer"}},
    "kinds":{"type":"array","items":{"type":"string","enum":["a","b","c"]}},
    "where":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false},
    "amount":{"anyOf":[{"type":"number"},{"type":"object","properties":{"value":{"type":"integer"}}}]},
    "next_cursor":{"type":"string"}},"required":["q"]}}"#;
const MADE: &str = r#"{"input":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]},
    "full":{"type":"object","additionalProperties":true,"properties":{"name":{"type":"string","maxLength":20}},"required":["name"]}}"#;
const ONE: &str = r#"{"input":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},
    "full":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"}},"required":["id"]}}"#;
const LAUNCHED: &str = r#"{"input":{"type":"object","properties":{"template":{"type":"string"},"values":{"type":"object"},"fast":{"type":"boolean"}},"required":["template","values"]},
    "full":{"type":"object","additionalProperties":false,"properties":{"template":{"type":"string"},"values":{"type":"object"},"fast":{"type":"boolean"}},"required":["template","values"]}}"#;
const NOTHING: &str = r#"{"input":{"type":"object"},"full":{"type":"object"}}"#;

/// What stands in the path goes there, all else into the body.
fn lower(tool: &Tool, mut arguments: Map<String, Value>) -> Result<Request, LowerError> {
    let mut request = Request::builder(tool.operation);
    if tool.argument("id").is_some() {
        let id = arguments.remove("id").unwrap_or_default();
        request = request.path("id", &id);
    }
    if tool.operation.method == Method::POST {
        request = request.json(&arguments);
    }
    Ok(request.build()?)
}

const fn tool(
    name: &'static str,
    schemas: &'static str,
    operation: &'static OperationInfo,
) -> Tool {
    Tool {
        title: "Shop",
        description: "Does something with the things of a shop.",
        method: ToolMethod::Custom("do"),
        tags: &["things"],
        ..Tool::plain(name, schemas, operation, lower)
    }
}

const ID: &[Argument] = &[Argument::path("id", "id")];

static TOOLS: [Tool; 8] = [
    Tool {
        annotations: Annotations::WRITE,
        body: BodyArguments::OPEN,
        arguments: &[Argument::member("name", "name")],
        live_fields: Some(LiveFields { tool: "list_all_shop_fields", items: "fields", key: "key" }),
        ..tool("create_a_shop_thing", MADE, &MAKE)
    },
    Tool {
        annotations: Annotations::END,
        arguments: ID,
        ..tool("delete_a_shop_thing_by_id", ONE, &REMOVE)
    },
    Tool { arguments: ID, ..tool("get_single_shop_template_by_id", ONE, &TEMPLATE) },
    tool("list_all_shop_fields", NOTHING, &FIELDS),
    tool("list_all_shop_templates", NOTHING, &TEMPLATES),
    Tool { deprecated: true, ..tool("shop_pictures_download", NOTHING, &PICTURE) },
    Tool {
        annotations: Annotations::WRITE,
        launch_form: true,
        ..tool("shop_things_launch", LAUNCHED, &LAUNCH)
    },
    tool("shop_things_search", SEARCHED, &SEARCH),
];

static SHOP: Api = Api {
    slug: "shop",
    title: "Shop",
    origins: &[Origin { region: "", url: "https://shop.example" }],
    schemes: &[NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer }],
    constant_headers: &[("x-version", "3")],
    tools: &TOOLS,
    launch: Some(Launch {
        list: "list_all_shop_templates",
        items: "list",
        id: "id",
        label: "name",
        form: "form",
        permission: None,
        get: "get_single_shop_template_by_id",
        tool: "shop_things_launch",
        template: "template",
        values: "values",
        defaults: None,
        files: None,
        dialect: "json_schema",
    }),
    ..Api::EMPTY
};

/// The shop alone.
pub(super) static SHOPS: [&Api; 1] = [&SHOP];

/// One request that the vendor was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// The shop's vendor.
#[derive(Clone, Default)]
pub(super) struct Vendor {
    sent: Arc<Mutex<Vec<Sent>>>,
    answer: Arc<Mutex<String>>,
}

impl Vendor {
    /// Starts it; answers its host with the port.
    pub(super) async fn start() -> (Self, String) {
        let vendor = Self::default();
        vendor.answers(r#"{"ok":"yes"}"#);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let own = vendor.clone();
        let take = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let own = own.clone();
            async move { own.take(method, &uri, headers, &body) }
        };
        let router = axum::Router::new().fallback(take);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (vendor, host)
    }

    /// What everything is answered that is not known by its path.
    pub(super) fn answers(&self, body: &str) {
        body.clone_into(&mut self.answer.lock().unwrap());
    }

    /// What it was sent to this path.
    pub(super) fn sent(&self, path: &str) -> Vec<Sent> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|sent| sent.path.starts_with(path)).cloned().collect()
    }

    fn take(&self, method: Method, uri: &Uri, headers: HeaderMap, body: &[u8]) -> Response {
        let path = uri.path_and_query().unwrap().to_string();
        let body = String::from_utf8_lossy(body).into_owned();
        let sent = Sent { method, path: path.clone(), headers, body };
        self.sent.lock().unwrap().push(sent);
        if path == "/picture" {
            return ([(CONTENT_TYPE, "image/png")], "PNG<script>").into_response();
        }
        let own = self.answer.lock().unwrap().clone();
        let answer = match path.as_str() {
            "/fields" => {
                r#"{"fields":[{"key":"cost","type":"number","name":"Cost <u>"},{"key":"colour","type":"dropdown"},{"key":"name"}]}"#
            }
            "/templates" => {
                r#"{"list":[{"id":"t1","name":"Order <b>","form":{}},{"id":"t2","name":"Return","form":{}}]}"#
            }
            "/templates/t1" => {
                r#"{"id":"t1","name":"Order <b>","form":{"required":["buyer"],"properties":{
                "buyer":{"type":"string","title":"Who <b>buys"},"copies":{"type":"integer"},"cover":{"enum":["cloth","paper"]}}}}"#
            }
            "/templates/gone" => return StatusCode::NOT_FOUND.into_response(),
            _ => own.as_str(),
        };
        (
            [
                (CONTENT_TYPE, "application/json"),
                (http::HeaderName::from_static("x-request-id"), "req-7"),
            ],
            answer.to_owned(),
        )
            .into_response()
    }
}

/// A program with an account at the shop's vendor.
pub(super) struct Shop {
    pub(super) vendor: Vendor,
    pub(super) test: TestApp,
    pub(super) account: String,
    _database: Database,
}

impl Shop {
    pub(super) async fn start() -> Self {
        Self::on(databases().await.remove(0)).await
    }

    pub(super) async fn on(database: Database) -> Self {
        let (vendor, host) = Vendor::start().await;
        let test = database.start_with(begin(), &SHOPS, &host).await;
        let account = Self::account_at(&test, &host).await;
        Self { vendor, test, account, _database: database }
    }

    pub(super) async fn account_at(test: &TestApp, host: &str) -> String {
        let body = json!({"integration": "shop", "name": "Our <b>shop", "base_url": format!("http://{host}"),
            "credentials": {"type": "bearer", "token": "canary-token"}});
        test.post("/integrated-account", body).await.made("id")
    }

    pub(super) fn at(&self, tool: &str) -> String {
        format!("/accounts/{}/tools/{tool}", self.account)
    }

    /// The body of the last request to this path, as JSON.
    pub(super) fn last(&self, path: &str) -> Value {
        let sent = self.vendor.sent(path);
        serde_json::from_str(&sent.last().unwrap_or_else(|| panic!("nothing to {path}")).body)
            .unwrap()
    }
}

/// A text as a page writes it.
pub(super) fn escaped(text: &str) -> String {
    let pairs = [("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ("\"", "&#34;"), ("'", "&#39;")];
    pairs.iter().fold(text.to_owned(), |text, (plain, written)| text.replace(plain, written))
}

/// The fields that a page of a request carries on.
pub(super) fn carried(page: &str) -> Vec<(String, String)> {
    let form = page.split_once("<main").unwrap().1;
    let field = |part: &str| {
        let (name, rest) = part.split_once("\" value=\"")?;
        let plain = |text: &str| {
            text.replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#38;", "&")
        };
        Some((plain(name), plain(rest.split('"').next()?)))
    };
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(field);
    fields.filter(|(name, _)| name != "csrf").collect()
}

pub(super) fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}
