//! A small API by hand, for the tests of this crate.

use http::Method;
use support::api::Origin;
use support::security::{NamedScheme, SecurityScheme};
use support::tool::{Annotations, BodyArguments, ToolMethod};
use support::{Api, LowerError, OperationInfo, Request, Tool};

const SCHEMES: &[NamedScheme] = &[
    NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
    NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyHeader("x-key") },
    NamedScheme {
        name: "oauth2",
        scheme: SecurityScheme::OAuth2 {
            authorization_url: Some("/oauth/authorize"),
            token_url: Some("/oauth/token"),
            scopes: &["all"],
        },
    },
];

static OPERATION: OperationInfo = OperationInfo {
    id: "demo",
    method: Method::GET,
    path: "/things",
    origin: None,
    accept: "application/json",
    security: &[&["bearer"]],
};

const fn tool(
    name: &'static str,
    method: ToolMethod,
    tags: &'static [&'static str],
    deprecated: bool,
) -> Tool {
    Tool {
        name,
        title: "Demo",
        description: "Does something with things.",
        detail: "",
        method,
        tags,
        annotations: Annotations {
            read_only: false,
            destructive: false,
            idempotent: false,
            open_world: true,
        },
        deprecated,
        schemas: r#"{"input":{"type":"object"},"full":{"type":"object"},"output":{"type":"object"}}"#,
        arguments: &[],
        body: BodyArguments::None,
        constants: &[],
        pagination: None,
        rate_limit: None,
        job: None,
        fields_parameter: None,
        live_fields: None,
        launch_form: false,
        operation: &OPERATION,
        request: unanswered,
    }
}

fn unanswered(
    _: &Tool,
    _: serde_json::Map<String, serde_json::Value>,
) -> Result<Request, LowerError> {
    Ok(Request::new(&OPERATION))
}

static TOOLS: [Tool; 6] = [
    tool("create_a_demo_thing", ToolMethod::Create, &["things"], false),
    tool("delete_a_demo_thing_by_id", ToolMethod::Delete, &["things"], false),
    tool("demo_things_cancel", ToolMethod::Custom("cancel"), &["things"], false),
    tool("list_all_demo_olds", ToolMethod::List, &["things"], true),
    tool("list_all_demo_things", ToolMethod::List, &["things"], false),
    tool("list_all_demo_users", ToolMethod::List, &["users"], false),
];

/// An API with six tools, two regions and three security schemes.
pub(crate) static DEMO: Api = Api {
    slug: "demo",
    title: "Demo",
    instructions: "",
    origins: &[
        Origin { region: "eu", url: "https://eu.demo.example" },
        Origin { region: "us", url: "https://us.demo.example" },
    ],
    schemes: SCHEMES,
    constant_headers: &[],
    synonyms: &[],
    proper_nouns: "",
    tools: &TOOLS,
};
/// What stands in for the generated APIs.
pub(crate) static APIS: [&Api; 1] = [&DEMO];
