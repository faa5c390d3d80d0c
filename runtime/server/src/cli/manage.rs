//! `account`, `server`, `token`: the admin API from the shell, on the database itself.

use std::fmt::Write as _;
use std::io::Read;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};
use support::Api;

use super::print;
use crate::admin::wire::{AccountJson, ApiTokenJson, ServerJson};
use crate::app;
use crate::config::Settings;
use crate::provision::{
    AccountId, Actor, ApiTokenId, Overlap, Page, Provision, ProvisionError, ServerId,
};
use crate::store::PageKey;
use crate::violation::Violations;

/// Whether to write JSON.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write JSON, as the HTTP API does
    #[arg(long)]
    json: bool,
}

/// Who answers for something, and what it is for.
#[derive(Debug, Args)]
pub(super) struct Notes {
    /// Who answers for it
    #[arg(long)]
    owner: Option<String>,
    /// What it is for
    #[arg(long)]
    purpose: Option<String>,
}

impl Notes {
    fn add_to(self, body: &mut Value) {
        set(body, "owner", self.owner);
        set(body, "purpose", self.purpose);
    }
}

/// An MCP server that is there.
#[derive(Debug, Args)]
pub(super) struct ServerName {
    /// The account's id
    #[arg(long)]
    account: String,
    /// Its id
    id: String,
    #[command(flatten)]
    output: Output,
}

impl ServerName {
    fn ids(&self) -> anyhow::Result<(AccountId, ServerId)> {
        Ok((account_id(&self.account)?, server_id(&self.id)?))
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Connect an account
    Create {
        /// The API, by the name that its tools carry
        #[arg(long)]
        integration: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// The vendor's region
        #[arg(long)]
        region: Option<String>,
        /// Origin that stands for the vendor's
        #[arg(long)]
        base_url: Option<String>,
        /// Credentials as JSON, or @FILE, or - for standard input
        #[arg(long)]
        credentials: String,
        #[command(flatten)]
        notes: Notes,
        #[command(flatten)]
        output: Output,
    },
    /// List accounts
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show an account
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Disconnect an account, with its servers
    #[command(visible_alias = "delete")]
    Revoke {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ServerCommand {
    /// Make an MCP server; its URL is shown only now
    Create {
        /// The account's id
        #[arg(long)]
        account: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// read, write, custom or single methods, separated by commas
        #[arg(long, value_delimiter = ',')]
        methods: Vec<String>,
        /// Tags, separated by commas
        #[arg(long, value_delimiter = ',')]
        tags: Vec<String>,
        /// The whole config as JSON instead
        #[arg(long, conflicts_with_all = ["methods", "tags"])]
        server_config: Option<String>,
        /// From when on it is gone: 2026-12-31T23:59:59Z
        #[arg(long)]
        expires_at: Option<String>,
        #[command(flatten)]
        notes: Notes,
        #[command(flatten)]
        output: Output,
    },
    /// List an account's servers
    List {
        /// The account's id
        #[arg(long)]
        account: String,
        #[command(flatten)]
        output: Output,
    },
    /// Show a server
    Show(ServerName),
    /// Let a server answer like one that is not there, until it is resumed
    Pause(ServerName),
    /// Let a paused server answer again
    Resume(ServerName),
    /// Give a server a new URL, which is shown only now
    Rotate {
        /// Seconds that the old URL stays good, from 0 to 604800
        #[arg(long)]
        overlap_seconds: i64,
        #[command(flatten)]
        server: ServerName,
    },
    /// End a server
    #[command(visible_alias = "delete")]
    Revoke(ServerName),
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make an API token, shown only now
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// admin or call
        #[arg(long)]
        scope: String,
        /// From when on it opens nothing: 2026-12-31T23:59:59Z
        #[arg(long)]
        expires_at: Option<String>,
        #[command(flatten)]
        notes: Notes,
        #[command(flatten)]
        output: Output,
    },
    /// List API tokens
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show an API token's row
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Revoke an API token
    #[command(visible_alias = "delete")]
    Revoke {
        /// Its id
        id: String,
        #[command(flatten)]
        output: Output,
    },
}

/// `account …`
pub(super) async fn account(
    command: AccountCommand,
    settings: &Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    let (provision, by) = (app::provision(settings, apis).await?, Actor::command_line());
    match command {
        AccountCommand::Create {
            integration,
            name,
            region,
            base_url,
            credentials,
            notes,
            output,
        } => {
            let credentials = json_argument(&credentials).context("--credentials")?;
            let mut body =
                json!({"integration": integration, "name": name, "credentials": credentials});
            set(&mut body, "region", region);
            set(&mut body, "base_url", base_url);
            notes.add_to(&mut body);
            let new = provision.read_new_account(body).map_err(told)?;
            show(
                &output,
                AccountJson::from(provision.create_account(new, &by).await.map_err(plain)?),
            )?;
        }
        AccountCommand::List { output } => {
            let items = all(async |after| provision.accounts(None, &after, 500).await).await?;
            list(&output, items.into_iter().map(AccountJson::from))?;
        }
        AccountCommand::Show { id, output } => show(
            &output,
            AccountJson::from(provision.account(&account_id(&id)?).await.map_err(plain)?),
        )?,
        AccountCommand::Revoke { id, output } => {
            provision.delete_account(&account_id(&id)?, &by).await.map_err(plain)?;
            gone(&output, &id);
        }
    }
    provision.store().close().await;
    Ok(())
}

/// `server …`
pub(super) async fn server(
    command: ServerCommand,
    settings: &Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    let (provision, by) = (app::provision(settings, apis).await?, Actor::command_line());
    match command {
        ServerCommand::Create {
            account,
            name,
            methods,
            tags,
            server_config,
            expires_at,
            notes,
            output,
        } => {
            let mut config = match server_config {
                Some(text) => json_argument(&text).context("--server-config")?,
                None => json!({}),
            };
            set(&mut config, "methods", (!methods.is_empty()).then_some(methods));
            set(&mut config, "tags", (!tags.is_empty()).then_some(tags));
            let mut body = json!({"name": name, "config": config});
            set(&mut body, "expires_at", expires_at);
            notes.add_to(&mut body);
            let new = provision.read_new_server(body).map_err(told)?;
            let (server, token) =
                provision.create_server(&account_id(&account)?, new, &by).await.map_err(plain)?;
            show(&output, ServerJson::with_token(server, &token, &public_url(settings)))?;
        }
        ServerCommand::List { account, output } => {
            let account = account_id(&account)?;
            let items = all(async |after| provision.servers(&account, &after, 500).await).await?;
            list(&output, items.into_iter().map(ServerJson::from))?;
        }
        ServerCommand::Show(server) => {
            let (account, id) = server.ids()?;
            let found = provision.server(&account, &id).await.map_err(plain)?;
            show(&server.output, ServerJson::from(found))?;
        }
        ServerCommand::Pause(server) => pause(&provision, &server, true).await?,
        ServerCommand::Resume(server) => pause(&provision, &server, false).await?,
        ServerCommand::Rotate { overlap_seconds, server } => {
            let (account, id) = server.ids()?;
            let overlap =
                Overlap::read(json!({"overlap_seconds": overlap_seconds})).map_err(told)?;
            let (rotated, token, _) =
                provision.rotate_server(&account, &id, overlap, &by).await.map_err(plain)?;
            let url = public_url(settings);
            show(&server.output, ServerJson::with_token(rotated, &token, &url))?;
        }
        ServerCommand::Revoke(server) => {
            let (account, id) = server.ids()?;
            provision.delete_server(&account, &id, &by).await.map_err(plain)?;
            gone(&server.output, &server.id);
        }
    }
    provision.store().close().await;
    Ok(())
}

async fn pause(provision: &Provision, server: &ServerName, paused: bool) -> anyhow::Result<()> {
    let (account, id) = server.ids()?;
    let patch = provision.read_server_patch(json!({"paused": paused})).map_err(told)?;
    let (changed, _) = provision
        .update_server(&account, &id, &patch, &Actor::command_line())
        .await
        .map_err(plain)?;
    show(&server.output, ServerJson::from(changed))
}

/// `token …`
pub(super) async fn token(
    command: TokenCommand,
    settings: &Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    let (provision, by) = (app::provision(settings, apis).await?, Actor::command_line());
    match command {
        TokenCommand::Create { name, scope, expires_at, notes, output } => {
            let mut body = json!({"name": name, "scope": scope});
            set(&mut body, "expires_at", expires_at);
            notes.add_to(&mut body);
            let new = provision.read_new_api_token(body).map_err(told)?;
            let (row, token) = provision.create_api_token(new, &by).await.map_err(plain)?;
            show(&output, ApiTokenJson::with_token(row, &token))?;
        }
        TokenCommand::List { output } => {
            let items = all(async |after| provision.api_tokens(&after, 500).await).await?;
            list(&output, items.into_iter().map(ApiTokenJson::from))?;
        }
        TokenCommand::Show { id, output } => show(
            &output,
            ApiTokenJson::from(provision.api_token(&token_id(&id)?).await.map_err(plain)?),
        )?,
        TokenCommand::Revoke { id, output } => {
            provision.delete_api_token(&token_id(&id)?, &by).await.map_err(plain)?;
            gone(&output, &id);
        }
    }
    provision.store().close().await;
    Ok(())
}

async fn all<T>(
    read: impl AsyncFn(PageKey) -> Result<Page<T>, ProvisionError>,
) -> anyhow::Result<Vec<T>> {
    let (mut items, mut after) = (Vec::new(), PageKey::first());
    loop {
        let page = read(after).await.map_err(plain)?;
        items.extend(page.items);
        match page.next {
            Some(next) => after = next,
            None => return Ok(items),
        }
    }
}

fn account_id(text: &str) -> anyhow::Result<AccountId> {
    AccountId::parse(text).with_context(|| format!("{text}: not found"))
}

fn server_id(text: &str) -> anyhow::Result<ServerId> {
    ServerId::parse(text).with_context(|| format!("{text}: not found"))
}

fn token_id(text: &str) -> anyhow::Result<ApiTokenId> {
    ApiTokenId::parse(text).with_context(|| format!("{text}: not found"))
}

/// Where a server that runs with these settings is reached; a free port is known to that server
/// only.
fn public_url(settings: &Settings) -> String {
    settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen))
}

fn json_argument(text: &str) -> anyhow::Result<Value> {
    let text = match (text, text.strip_prefix('@')) {
        ("-", _) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        (_, Some(path)) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?
        }
        _ => text.to_owned(),
    };
    serde_json::from_str(&text).context("is not JSON")
}

fn set(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(members), Some(value)) = (body.as_object_mut(), value) {
        members.insert(name.to_owned(), value.into());
    }
}

fn told(violations: Violations) -> anyhow::Error {
    plain(ProvisionError::Invalid(violations))
}

fn plain(error: ProvisionError) -> anyhow::Error {
    match error {
        ProvisionError::Invalid(violations) => {
            let lines: Vec<String> = violations
                .named()
                .iter()
                .map(|violation| format!("{} {}", violation.pointer, violation.expected))
                .collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        }
        other => other.into(),
    }
}

fn show(output: &Output, item: impl Serialize) -> anyhow::Result<()> {
    let value = serde_json::to_value(item)?;
    if output.json {
        print::line(&value.to_string());
        return Ok(());
    }
    let Value::Object(members) = value else { bail!("only objects are shown") };
    let mut text = String::new();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let _ = writeln!(text, "{name:<22} {}", words(value)); // writing to a String cannot fail
    }
    print::line(text.trim_end());
    Ok(())
}

fn list(output: &Output, items: impl Iterator<Item = impl Serialize>) -> anyhow::Result<()> {
    let items: Result<Vec<Value>, _> = items.map(serde_json::to_value).collect();
    let items = items?;
    if output.json {
        print::line(&json!({"result": items, "next_cursor": null}).to_string());
        return Ok(());
    }
    for item in &items {
        let nothing = Map::new();
        let members = item.as_object().unwrap_or(&nothing);
        let columns = ["id", "integration", "scope", "status", "name", "expires_at"];
        let texts: Vec<String> = columns
            .iter()
            .filter_map(|name| members.get(*name))
            .filter(|value| !value.is_null())
            .map(words)
            .collect();
        print::line(&texts.join("  "));
    }
    Ok(())
}

fn gone(output: &Output, id: &str) {
    if output.json {
        print::line(&json!({"id": id, "revoked": true}).to_string());
    } else {
        print::line(&format!("{id} is gone"));
    }
}

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
