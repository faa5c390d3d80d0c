//! A small API by hand, for the tests of this crate.

use http::Method;
use support::api::{Launch, Origin, Prompt};
use support::operation::Segment;
use support::security::{NamedScheme, SecurityScheme};
use support::tool::{Annotations, LiveFields, RateLimit, ToolMethod};
use support::{Api, LowerError, OperationInfo, Request, Tool};

const SECURITY: &[NamedScheme] = &[
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
    segments: &[Segment::Literal("/things")],
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
        description: "Does something with things.",
        title: "Demo",
        method,
        tags,
        annotations: Annotations::WRITE,
        deprecated,
        ..Tool::plain(name, SCHEMAS, &OPERATION, unanswered)
    }
}

const SCHEMAS: &str =
    r#"{"input":{"type":"object"},"full":{"type":"object"},"output":{"type":"object"}}"#;

fn unanswered(
    _: &Tool,
    _: serde_json::Map<String, serde_json::Value>,
) -> Result<Request, LowerError> {
    Ok(Request::builder(&OPERATION).build()?)
}

static TOOLS: [Tool; 6] = [
    Tool {
        live_fields: Some(LiveFields { tool: "list_all_demo_users", items: "fields", key: "key" }),
        rate_limit: RateLimit::of(50, 60, ""),
        ..tool("create_a_demo_thing", ToolMethod::Create, &["things"], false)
    },
    tool("delete_a_demo_thing_by_id", ToolMethod::Delete, &["things"], false),
    tool("demo_things_cancel", ToolMethod::Custom("cancel"), &["things"], false),
    tool("list_all_demo_olds", ToolMethod::List, &["things"], true),
    tool("list_all_demo_things", ToolMethod::List, &["things"], false),
    Tool {
        annotations: Annotations::READ,
        ..tool("list_all_demo_users", ToolMethod::List, &["users"], false)
    },
];

/// An API with six tools, two regions, three security schemes, two prompts and launch forms.
pub(crate) static DEMO: Api = Api {
    slug: "demo",
    title: "Demo",
    origins: &[
        Origin { region: "eu", url: "https://eu.demo.example" },
        Origin { region: "us", url: "https://us.demo.example" },
    ],
    schemes: SECURITY,
    tools: &TOOLS,
    prompts: &[
        Prompt {
            name: "look",
            title: "Look",
            description: "Looks at things.",
            arguments: &[],
            tools: &["list_all_demo_things"],
            text: "Look.",
        },
        Prompt {
            name: "make",
            title: "Make",
            description: "Makes a thing.",
            arguments: &[],
            tools: &["create_a_demo_thing", "list_all_demo_things"],
            text: "Make.",
        },
    ],
    launch: Some(Launch {
        list: "list_all_demo_things",
        items: "list",
        id: "id",
        label: "name",
        form: "schema",
        permission: Some(("permissions", "launch")),
        get: "list_all_demo_things",
        tool: "create_a_demo_thing",
        template: "template",
        values: "values",
        defaults: None,
        files: None,
        dialect: "json_schema",
    }),
    ..Api::EMPTY
};

/// What stands in for the generated APIs.
pub(crate) static APIS: [&Api; 1] = [&DEMO];
