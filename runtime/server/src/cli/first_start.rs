//! What a first start makes, and where its secrets are shown: at a terminal, in the ready file, or,
//! where there is neither, in a file for its owner only. Standard output that is no terminal is
//! somebody's log, and gets none of them.
//!
//! Nothing is made that could not be shown: the place is proven first, and what could not be shown
//! after all is taken back.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};
use support::Api;

use super::{print, sandbox};
use crate::app::{App, database_file};
use crate::aside::Aside;
use crate::clients::{self, Endpoint};
use crate::config::Settings;
use crate::provision::{AccountId, Actor, ApiTokenId, NewApiToken, Token};

/// The name of the file that holds the secrets of a first start where nothing else could.
const FILE: &str = "first-start.txt";

/// How another admin token is made.
const ANOTHER_TOKEN: &str = "runtime token create --name NAME --scope admin";

/// What there is to make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// A first admin token: nobody could sign in otherwise.
    pub(super) token: bool,
    /// Accounts at the sandbox tenants, with a server each.
    pub(super) servers: bool,
}

/// Where secrets are shown.
#[derive(Debug)]
enum Outlet {
    Terminal,
    ReadyFile,
    File(Aside),
    /// Nowhere, and why.
    None(String),
}

impl Outlet {
    fn find(settings: &Settings) -> Self {
        if std::io::stdout().is_terminal() {
            return Self::Terminal;
        }
        if settings.ready_file.is_some() {
            return Self::ReadyFile;
        }
        let path = secrets_file(settings);
        match Aside::beside(&path) {
            Ok(aside) => Self::File(aside),
            Err(error) => Self::None(format!("{}: {error}", path.display())),
        }
    }
}

/// The file for secrets: beside the database, or in the working directory where the database is no
/// file.
fn secrets_file(settings: &Settings) -> PathBuf {
    database_file(settings)
        .map_or_else(|| PathBuf::from(FILE), |database| database.with_file_name(FILE))
}

/// The ready file, which is known to be writable.
#[derive(Debug)]
pub(super) struct ReadyFile(Option<Aside>);

impl ReadyFile {
    /// Makes sure that the ready file can be written, where there is to be one.
    ///
    /// # Errors
    /// When it cannot.
    pub(super) fn prove(settings: &Settings) -> anyhow::Result<Self> {
        let Some(path) = &settings.ready_file else { return Ok(Self(None)) };
        let aside = Aside::beside(path).with_context(|| {
            format!("cannot write the ready file {} (setting ready-file)", path.display())
        })?;
        Ok(Self(Some(aside)))
    }

    /// Writes it.
    ///
    /// # Errors
    /// When it cannot be written after all.
    pub(super) fn publish(self, content: &Value) -> anyhow::Result<()> {
        self.0
            .map_or(Ok(()), |aside| aside.publish(&format!("{content}\n")))
            .context("cannot write the ready file")
    }
}

/// What a first start has made, and where that is shown. A later start has made nothing.
#[derive(Debug)]
pub(super) struct FirstStart {
    outlet: Outlet,
    accounts: Vec<AccountId>,
    servers: Vec<Minted>,
    token: Option<(ApiTokenId, Token)>,
}

/// A sandbox server that has just been made: its API and its URL.
#[derive(Debug)]
struct Minted {
    api: &'static Api,
    token: Token,
}

impl FirstStart {
    /// Makes what is wanted, all of it or nothing; nothing as well where it could not be shown.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn make(
        app: &App,
        settings: &Settings,
        apis: &'static [&'static Api],
        wanted: Wanted,
    ) -> anyhow::Result<Self> {
        let outlet =
            if wanted.token || wanted.servers { Outlet::find(settings) } else { Outlet::Terminal };
        let mut made = Self { outlet, accounts: Vec::new(), servers: Vec::new(), token: None };
        if let Outlet::None(why) = &made.outlet {
            tracing::warn!(
                "no secret of a first start was made, because it could be shown nowhere: standard output is no terminal, there is no \
                 ready-file, and a file for it cannot be written ({why}). Set ready-file or admin-token, or run `{ANOTHER_TOKEN}`"
            );
            return Ok(made);
        }
        if let Err(error) = made.fill(app, apis, wanted).await {
            made.withdraw(app).await;
            return Err(error.context("the first start could not be finished"));
        }
        Ok(made)
    }

    async fn fill(
        &mut self,
        app: &App,
        apis: &'static [&'static Api],
        wanted: Wanted,
    ) -> anyhow::Result<()> {
        let by = Actor::first_start();
        for api in apis.iter().filter(|_| wanted.servers) {
            let Some(credentials) = sandbox::credentials(api.slug) else { continue };
            let account = app
                .provision
                .create_sandbox_account(api, &format!("{} sandbox", api.title), &credentials, &by)
                .await?;
            self.accounts.push(account.id.clone());
            let new = app
                .provision
                .read_new_server(json!({"name": format!("{} sandbox agent", api.title)}))
                .map_err(|_| {
                    anyhow::anyhow!("the sandbox server of {} was refused", api.title) // its violations are about our own constant
                })?;
            let (_, token) = app.provision.create_server(&account.id, new, &by).await?;
            self.servers.push(Minted { api, token });
        }
        // Last, because with it the first start is over.
        if wanted.token {
            let (row, token) = app.provision.create_api_token(NewApiToken::first(), &by).await?;
            self.token = Some((row.id, token));
        }
        Ok(())
    }

    /// Takes back what was made, so that the next start is a first one again.
    pub(super) async fn withdraw(&self, app: &App) {
        let (mut failed, by) = (Vec::new(), Actor::first_start());
        if let Some((id, _)) = &self.token {
            failed.extend(app.provision.delete_api_token(id, &by).await.err());
        }
        for account in &self.accounts {
            failed.extend(app.provision.delete_account(account, &by).await.err());
        }
        for error in failed {
            tracing::error!(%error, "something that a first start made and could not show is still there; make another admin token with `{ANOTHER_TOKEN}`");
        }
    }

    /// Shows what was made, and tells where; on a later start, how there can be more.
    ///
    /// # Errors
    /// When the place cannot be written after all.
    pub(super) fn show(
        &mut self,
        app: &App,
        settings: &Settings,
        ready: ReadyFile,
    ) -> anyhow::Result<()> {
        let public_url = &app.public_url;
        let open = format!("Drawbridge is open at {public_url}");
        let secrets = self.secrets(public_url)?;
        let outlet = std::mem::replace(&mut self.outlet, Outlet::Terminal);
        let told = match (secrets, outlet) {
            (_, Outlet::None(_)) => {
                format!(
                    "No admin token was made, because there is no place to show it; the log says more. To make one:\n  {ANOTHER_TOKEN}"
                )
            }
            (None, _) => later(settings),
            (Some(secrets), Outlet::Terminal) => secrets,
            (Some(_), Outlet::ReadyFile) => {
                "The secrets of this first start are in the ready file, for its owner only."
                    .to_owned()
            }
            (Some(secrets), Outlet::File(aside)) => {
                let path = secrets_file(settings);
                let path = aside
                    .publish_beside_others(&format!("{open}\n{secrets}\n"))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                format!(
                    "The secrets of this first start are in {}, for its owner only. Read it, then delete it.",
                    path.display()
                )
            }
        };
        ready.publish(&self.ready(public_url)?)?;
        print::line(&format!("{open}\n{told}"));
        Ok(())
    }

    /// `{"url","admin_token"?,"mcpServers"?}`; the last as clients take it for their configuration.
    fn ready(&self, public_url: &str) -> anyhow::Result<Value> {
        let mut ready = json!({"url": public_url});
        if let Some((_, token)) = &self.token {
            ready["admin_token"] = json!(token.expose());
        }
        if !self.servers.is_empty() {
            ready["mcpServers"] = self.configuration(public_url)?["mcpServers"].take();
        }
        Ok(ready)
    }

    /// The configuration for MCP clients that most of them take.
    fn configuration(&self, public_url: &str) -> anyhow::Result<Value> {
        let endpoint = |server: &Minted| {
            let name = format!("{}-sandbox", server.api.slug);
            Endpoint::new(&server.url(public_url), &name, false)
        };
        let endpoints = self.servers.iter().map(endpoint).collect::<Result<Vec<_>, _>>();
        Ok(clients::configuration(&endpoints.context("public-url makes no MCP URL")?))
    }

    /// What people read once; `None` when nothing was made.
    fn secrets(&self, public_url: &str) -> anyhow::Result<Option<String>> {
        let mut text = String::new(); // writing to it cannot fail
        if let Some((_, token)) = &self.token {
            let _ = writeln!(text, "\nAdmin token, shown only now: {}", token.expose());
        }
        if let Some(first) = self.servers.first() {
            let _ = writeln!(
                text,
                "\nSandbox tenants are connected. Their MCP servers, shown only now:"
            );
            for server in &self.servers {
                let _ = writeln!(text, "  {:<10} {}", server.api.title, server.url(public_url));
            }
            let (server, message) = self.first_call(first);
            let _ = writeln!(
                text,
                "\nCall a tool:\n  curl -s {} \\\n    -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\\n    -d '{message}'",
                server.url(public_url)
            );
            let questions = self.servers.iter().filter_map(|server| server.api.example.as_ref());
            for (index, example) in questions.enumerate() {
                let about =
                    if index == 0 { "\nQuestions for an agent that has them:\n" } else { "" };
                let _ = writeln!(text, "{about}  {}", example.question);
            }
            let _ = writeln!(
                text,
                "\nExact steps for one client (claude, cursor, vscode, …):  runtime client-config --for NAME URL\nConfiguration that most MCP clients take:\n{:#}",
                self.configuration(public_url)?
            );
        }
        Ok((!text.is_empty()).then(|| text.trim_end().to_owned()))
    }

    /// What to try first: the example of the first API that has one, else what there is to call.
    fn first_call<'a>(&'a self, first: &'a Minted) -> (&'a Minted, Value) {
        let example = self.servers.iter().find_map(|server| {
            let example = server.api.example.as_ref()?;
            let arguments: Value = serde_json::from_str(example.arguments).ok()?;
            Some((server, "tools/call", json!({"name": example.tool, "arguments": arguments})))
        });
        let (server, method, params) = example.unwrap_or((first, "tools/list", json!({})));
        (server, json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    }
}

impl Minted {
    fn url(&self, public_url: &str) -> String {
        format!("{public_url}/mcp/{}", self.token.expose())
    }
}

/// What a later start says: how there can be more of what the first one showed.
fn later(settings: &Settings) -> String {
    let mut text = format!(
        "Another admin token:  {ANOTHER_TOKEN}\nAnother MCP URL:      runtime server create --account ID --name NAME (ids: runtime account list)"
    );
    let path = secrets_file(settings);
    if path.is_file() {
        let _ = write!(
            text,
            "\n{} still holds the secrets of a first start: read it, then delete it.",
            path.display()
        );
    }
    text
}
