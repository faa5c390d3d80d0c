//! `stdio`: one MCP server over standard input and output, with credentials from the environment or
//! a provisioned server.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use support::{Api, Transport};
use tokio::io::{BufReader, stdin, stdout};
use upstream::account::kinds;
use upstream::{AccountCredentials, Origin};
use url::Url;

use crate::app;
use crate::call::CallContext;
use crate::call_log::{CallLog, CallSource, Recorder};
use crate::clock::Clock;
use crate::config::Settings;
use crate::directory::{Directory, ResolvedServer};
use crate::mcp::Endpoint;
use crate::provision::{Keys, ServerAuth, ServerConfig, read_credentials};
use crate::tools::Catalogue;
use crate::toolset::Toolset;
use crate::violation::Violations;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The API, with credentials from the environment, in variables that begin with its name
    /// (ACME_TOKEN, ACME_BASE_URL, …)
    #[arg(long, required_unless_present = "server")]
    api: Option<String>,
    /// A provisioned MCP server, by the token of its URL
    #[arg(long, conflicts_with = "api", value_name = "URL_TOKEN")]
    server: Option<String>,
    /// read, write, custom or single methods, separated by commas
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// Tags, separated by commas
    #[arg(long, value_delimiter = ',')]
    tags: Vec<String>,
}

/// Serves until the client closes its end.
pub(super) async fn serve(
    arguments: Arguments,
    settings: Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    match &arguments.server {
        Some(token) => provisioned(token, &arguments, &settings, apis).await,
        None => from_environment(&arguments, settings, apis).await,
    }
}

async fn provisioned(
    token: &str,
    arguments: &Arguments,
    settings: &Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    let provision = app::provision(settings, apis).await?;
    let outbound = app::outbound(settings, provision.clock())?;
    let pipeline = app::pipeline(settings, provision.secret(), provision.clock(), &outbound);
    let calls = CallLog::start(provision.store().clone());
    let directory = Directory::new(provision, outbound, None);
    // The token may come as the whole URL.
    let token = token.rsplit('/').next().unwrap_or(token);
    let found =
        directory.resolve(token).await?.context("there is no such MCP server, or not any more")?;
    match found.server.config.auth {
        ServerAuth::Url => {}
        ServerAuth::ApiToken => bail!(
            "this MCP server asks for an API token with every request, which standard input cannot carry"
        ),
        ServerAuth::Oauth => bail!(
            "this MCP server asks people to sign in, which is done in a browser and over HTTP only"
        ),
    }
    let catalogues = crate::vendors::catalogues(apis);
    let catalogue =
        catalogues.get(found.account.api.slug).context("its integration is not on board")?;
    let narrowed = |words: &[String]| (!words.is_empty()).then(|| words.join(","));
    let filter = found
        .server
        .config
        .filter
        .narrowed(narrowed(&arguments.methods).as_deref(), narrowed(&arguments.tags).as_deref());
    let toolset = Toolset::build(catalogue, &filter);
    let source = CallSource {
        account: found.account.id.clone(),
        server: Some(found.server.id.clone()),
        api_token: None,
        client: None,
        address: None,
    };
    let context = CallContext {
        account: found.account.id.as_str(),
        transport: &*found.account.transport,
        toolset: &toolset,
        recorder: calls.recorder(&source),
        digits: None,
    };
    let endpoint =
        Endpoint { context, exposure: found.server.config.tool_exposure, pipeline: &pipeline };
    let served = tokio::select! {
        served = run(&endpoint) => served,
        changed = until_changed(&directory, token, &found) => changed,
        () = super::serve::shutdown_signal() => Ok(()),
    };
    if tokio::time::timeout(LEAVE, calls.flush()).await.is_err() {
        tracing::error!("the database does not take the call log: its last entries are lost");
    }
    served
}

/// How often it is looked whether the server is still what it was.
const LOOK: Duration = Duration::from_millis(500);
/// How long the end waits for the call log.
const LEAVE: Duration = Duration::from_secs(5);

/// Waits until the server has ended, or it or its account was changed: what was opened here is not
/// what it is any more, and the client starts this program anew. While the database is away nothing
/// is known of a change.
async fn until_changed(
    directory: &Directory,
    token: &str,
    opened: &ResolvedServer,
) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(LOOK).await;
        match directory.resolve(token).await {
            Ok(Some(found)) if found.is_as(opened) => {}
            Ok(Some(_)) => bail!("this MCP server, or its account, was changed: start again"),
            Ok(None) => bail!("this MCP server has ended"),
            Err(error) => {
                tracing::debug!(%error, "whether this MCP server is still there cannot be known at the moment");
            }
        }
    }
}

async fn from_environment(
    arguments: &Arguments,
    mut settings: Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    let slug = arguments.api.as_deref().unwrap_or_default();
    let known: Vec<&str> = apis.iter().map(|api| api.slug).collect();
    let api = apis
        .iter()
        .find(|api| api.slug == slug)
        .with_context(|| format!("--api must be one of {}", known.join(", ")))?;
    #[expect(clippy::disallowed_methods, reason = "these are this command's settings")]
    let variables = Variables::of(api, std::env::vars());
    let base_url = variables.get("BASE_URL").map(str::to_owned);
    if let Some(host) =
        base_url.as_deref().and_then(|text| Url::parse(text).ok()).and_then(host_port)
    {
        // Whoever sets the variable also sets upstream-hosts.
        settings.upstream_hosts.push(host.parse()?);
    }
    let region = variables.get("REGION");
    let origin = Origin::parse(api, base_url.as_deref(), region, &settings.upstream_hosts)?;
    let credentials = variables.credentials()?;
    let config = config(arguments, api)?;
    let keys = settings.master_key.clone().map_or_else(random_keys, Ok)?;
    let clock = Clock::system();
    let outbound = app::outbound(&settings, &clock)?;
    let pipeline = app::pipeline(&settings, keys.derived(), &clock, &outbound);
    let transport = outbound.transport(api, origin, credentials, None);
    let catalogue = std::sync::Arc::new(Catalogue::new(api));
    let toolset = Toolset::build(&catalogue, &config.filter);
    let transport: &dyn Transport = &*transport;
    let context = CallContext {
        account: "stdio",
        transport,
        toolset: &toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    run(&Endpoint { context, exposure: config.tool_exposure, pipeline: &pipeline }).await
}

async fn run(endpoint: &Endpoint<'_>) -> anyhow::Result<()> {
    crate::stdio::serve(endpoint, BufReader::new(stdin()), stdout())
        .await
        .context("the connection broke")
}

fn random_keys() -> anyhow::Result<Keys> {
    use secrecy::ExposeSecret;
    Ok(Keys::parse(Keys::random_text().expose_secret())?)
}

fn config(arguments: &Arguments, api: &Api) -> anyhow::Result<ServerConfig> {
    let mut members = Map::new();
    for (name, words) in [("methods", &arguments.methods), ("tags", &arguments.tags)] {
        if !words.is_empty() {
            members.insert(name.to_owned(), json!(words));
        }
    }
    let mut violations = Violations::of_body();
    let config = ServerConfig::read(Value::Object(members), "", api, &mut violations);
    violations.settle(config).map_err(|violations| {
        let lines: Vec<String> = violations
            .named()
            .iter()
            .map(|violation| {
                format!("--{} {}", violation.pointer.trim_start_matches('/'), violation.expected)
            })
            .collect();
        anyhow::anyhow!(lines.join("\n"))
    })
}

fn host_port(url: Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// The variables that begin with an API's name.
struct Variables {
    api: &'static Api,
    prefix: String,
    values: BTreeMap<String, String>,
}

impl Variables {
    fn of(api: &'static Api, all: impl Iterator<Item = (String, String)>) -> Self {
        let prefix = format!("{}_", api.slug.to_ascii_uppercase().replace('-', "_"));
        let own =
            |(name, value): (String, String)| Some((name.strip_prefix(&prefix)?.to_owned(), value));
        let values = all.filter_map(own).filter(|(_, value)| !value.is_empty()).collect();
        Self { api, prefix, values }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A member of the credentials, and the variable that holds it: the one of the member's own
    /// name in upper case, else one that the API calls it by. A token that is a key is called
    /// `API_KEY` by every API.
    fn member(&self, member: &str) -> Option<(&str, &str)> {
        let own = member.to_ascii_uppercase();
        let called = [("API_KEY", "token")].iter().chain(self.api.environment);
        let mut names = iter::once(own.as_str())
            .chain(called.filter(|(_, of)| *of == member).map(|(name, _)| *name));
        let found = names.find_map(|name| self.values.get_key_value(name));
        found.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The credentials that the variables hold.
    fn credentials(&self) -> anyhow::Result<AccountCredentials> {
        let given = self.given()?;
        let kind = given["type"].as_str().unwrap_or_default().to_owned();
        let mut violations = Violations::of_body();
        let credentials = read_credentials(self.api, given, "", &mut violations);
        violations.settle(credentials).map_err(|violations| {
            let lines: Vec<String> = violations
                .named()
                .iter()
                .map(|violation| {
                    let member = violation.pointer.trim_start_matches('/');
                    let name = match (member, self.member(member)) {
                        ("type", _) => format!("the type of these credentials, {kind},"),
                        (_, Some((name, _))) => format!("{}{name}", self.prefix),
                        (_, None) => format!("{}{}", self.prefix, member.to_ascii_uppercase()),
                    };
                    format!("{name} {}", violation.expected)
                })
                .collect();
            let title = self.api.title;
            anyhow::anyhow!(
                "the environment holds no good credentials for {title}:\n{}",
                lines.join("\n")
            )
        })
    }

    /// The credentials as the admin API takes them.
    fn given(&self) -> anyhow::Result<Value> {
        let further = self.api.further_tokens.iter().map(|token| token.member);
        let acting = ["as_user_email", "as_user_id"];
        let (kind, members): (&str, Vec<&str>) = if self.member("token").is_some() {
            let kind = if kinds(self.api).contains(&"bearer") { "bearer" } else { "api_key" };
            (kind, iter::once("token").chain(further).chain(acting).collect())
        } else if self.member("client_id").is_some() {
            let client = ["client_id", "client_secret"].into_iter();
            ("oauth2_client_credentials", client.chain(acting).collect())
        } else if self.member("username").is_some() {
            ("basic", vec!["username", "password"])
        } else {
            let prefix = &self.prefix;
            bail!(
                "set {prefix}TOKEN, {prefix}API_KEY, {prefix}CLIENT_ID with {prefix}CLIENT_SECRET, or {prefix}USERNAME with {prefix}PASSWORD"
            );
        };
        let given = members.into_iter().filter_map(|member| Some((member, self.member(member)?.1)));
        let mut found: Map<String, Value> =
            given.map(|(member, value)| (member.to_owned(), json!(value))).collect();
        found.insert("type".to_owned(), json!(kind));
        Ok(Value::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use support::api::FurtherToken;
    use support::security::{NamedScheme, SecurityScheme};

    use super::*;

    const SCHEMES: &[NamedScheme] =
        &[NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer }];

    static ACME: Api = Api {
        slug: "acme",
        schemes: SCHEMES,
        further_tokens: &[FurtherToken { member: "people_token", scheme: "people" }],
        environment: &[("PEOPLE_KEY", "people_token")],
        ..Api::EMPTY
    };
    static TWO_WORDS: Api = Api {
        slug: "acme-two",
        schemes: &[NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyHeader("x-key") }],
        ..Api::EMPTY
    };

    static BASIC: Api = Api {
        slug: "acme",
        schemes: &[NamedScheme { name: "user", scheme: SecurityScheme::Basic }],
        ..Api::EMPTY
    };

    fn given(api: &'static Api, variables: &[(&str, &str)]) -> Value {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Variables::of(api, variables).given().unwrap()
    }

    #[test]
    fn what_is_wrong_is_told_of_the_variable_that_holds_it() {
        for (api, variables, told) in [
            (
                &ACME,
                &[("ACME_API_KEY", "a\nb"), ("ACME_PEOPLE_KEY", " ")][..],
                &["ACME_API_KEY must be a text of 1 to", "ACME_PEOPLE_KEY must be a text of"][..],
            ),
            (
                &ACME,
                &[("ACME_USERNAME", "u")],
                &["the type of these credentials, basic, must be one of bearer"],
            ),
            (&BASIC, &[("ACME_USERNAME", "u")], &["ACME_PASSWORD is required and must be a text"]),
        ] {
            let variables =
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let error = Variables::of(api, variables).credentials().unwrap_err().to_string();
            for told in told {
                assert!(error.lines().any(|line| line.starts_with(told)), "{error}");
            }
        }
    }

    #[test]
    fn credentials_are_read_from_the_apis_own_variables() {
        assert_eq!(
            given(&ACME, &[("ACME_API_KEY", "k"), ("ACME_PEOPLE_KEY", "s"), ("OTHER_TOKEN", "x")]),
            json!({"token": "k", "people_token": "s", "type": "bearer"})
        );
        assert_eq!(
            given(&ACME, &[("ACME_TOKEN", "t"), ("ACME_PEOPLE_TOKEN", "s")]),
            json!({"token": "t", "people_token": "s", "type": "bearer"})
        );
        assert_eq!(
            given(&TWO_WORDS, &[("ACME_TWO_API_KEY", "k"), ("ACME_TOKEN", "x")]),
            json!({"token": "k", "type": "api_key"})
        );
        let variables =
            [("ACME_CLIENT_ID", "i"), ("ACME_CLIENT_SECRET", "s"), ("ACME_AS_USER_EMAIL", "a@b.c")];
        assert_eq!(
            given(&ACME, &variables),
            json!({"client_id": "i", "client_secret": "s", "as_user_email": "a@b.c", "type": "oauth2_client_credentials"})
        );
    }
}
