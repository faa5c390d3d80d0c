//! `serve`: the server itself, and what a first start prints.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::Api;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use upstream::Origin;

use super::{print, sandbox};
use crate::app::{self, App};
use crate::config::Settings;
use crate::provision::{NewApiToken, Provision, SandboxNeed, Token};
use crate::{listen, router, system, telemetry};

/// Serves until the program is told to end.
pub(super) async fn serve(mut settings: Settings, apis: &'static [&'static Api]) -> anyhow::Result<()> {
    system::raise_open_files();
    let provision = app::provision(&settings, apis).await?;
    let first_token = first_token(&settings, &provision).await?;
    let need = if settings.no_sandbox { SandboxNeed::None } else { provision.sandbox_need().await? };
    let origin = if need == SandboxNeed::None { None } else { start_sandbox(&mut settings, apis).await? };

    let listener = TcpListener::bind(settings.listen).await.with_context(|| format!("cannot listen at {}", settings.listen))?;
    let address = listener.local_addr()?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(address)));
    let handle = telemetry::measure()?;
    let (metrics, own_metrics) = if settings.metrics_listen.is_some() { (None, Some(handle)) } else { (Some(handle), None) };
    let app = App::start(&settings, provision, origin.clone(), public_url.clone(), metrics)?;
    if let (Some(address), Some(handle)) = (settings.metrics_listen, own_metrics) {
        serve_metrics(address, handle, app.shutdown.clone()).await?;
    }
    let minted = if need == SandboxNeed::FirstStart && origin.is_some() { connect_sandbox(&app, apis).await? } else { Vec::new() };

    let peers = listen::Peers::new(&settings, system::connections(listen::CONNECTIONS));
    let ended = tokio::spawn(listen::serve(listener, router::router(&app), peers, app.shutdown.clone(), app.cut.clone()));
    announce(&public_url, first_token.as_ref(), &minted);
    if let Some(path) = &settings.ready_file {
        let mut ready = json!({"url": public_url});
        if let Some(token) = &first_token {
            ready["admin_token"] = json!(token.expose());
        }
        write_ready_file(path, &ready)?;
    }
    tokio::select! {
        () = told_to_end() => tracing::info!("ending: requests under way may finish"),
        () = app.shutdown.cancelled() => {}
    }
    app.drain(ended, settings.shutdown_grace).await;
    Ok(())
}

/// Makes the first API token when nobody could sign in otherwise.
async fn first_token(settings: &Settings, provision: &Provision) -> anyhow::Result<Option<Token>> {
    if let Some(token) = &settings.admin_token {
        if token.expose_secret().len() < 20 {
            tracing::warn!("the admin token is short enough to be guessed");
        }
        return Ok(None);
    }
    if provision.has_admin_token().await? {
        return Ok(None);
    }
    let (_, token) = provision.create_api_token(NewApiToken::first()).await?;
    Ok(Some(token))
}

async fn start_sandbox(settings: &mut Settings, apis: &[&Api]) -> anyhow::Result<Option<Origin>> {
    let Some(api) = apis.iter().find(|api| sandbox::credentials(api.slug).is_some()) else { return Ok(None) };
    let address = sandbox::start().await?;
    settings.upstream_hosts.push(address.to_string().parse()?);
    Ok(Some(Origin::parse(api, Some(&format!("http://{address}")), None, &settings.upstream_hosts)?))
}

/// A sandbox server that has just been made: its API and its URL.
struct Minted {
    api: &'static Api,
    url: String,
}

async fn connect_sandbox(app: &App, apis: &'static [&'static Api]) -> anyhow::Result<Vec<Minted>> {
    let mut minted = Vec::new();
    for api in apis {
        let Some(credentials) = sandbox::credentials(api.slug) else { continue };
        let account = app.provision.create_sandbox_account(api, &format!("{} sandbox", api.title), &credentials).await?;
        let new = app.provision.read_new_server(json!({"name": format!("{} sandbox agent", api.title)})).map_err(|_| {
            anyhow::anyhow!("the sandbox server of {} was refused", api.title) // its faults are about our own constant
        })?;
        let (_, token) = app.provision.create_server(&account.id, new).await?;
        minted.push(Minted { api, url: format!("{}/mcp/{}", app.public_url, token.expose()) });
    }
    Ok(minted)
}

async fn serve_metrics(address: SocketAddr, handle: PrometheusHandle, shutdown: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address} for metrics"))?;
    tracing::info!(address = %listener.local_addr()?, "serving metrics");
    let router = Router::new().route("/metrics", get(move || async move { handle.render() }));
    tokio::spawn(listen::serve(listener, router, listen::Peers::of_metrics(), shutdown.clone(), shutdown));
    Ok(())
}

/// What people read: once with secrets, later without.
fn announce(public_url: &str, first_token: Option<&Token>, minted: &[Minted]) {
    print::line(&format!("Drawbridge is open at {public_url}"));
    if let Some(token) = first_token {
        print::line(&format!("\nAdmin token, shown only now: {}", token.expose()));
    }
    let Some(first) = minted.first() else { return };
    print::line("\nSandbox tenants are connected. Their MCP servers, shown only now:");
    let mut servers = serde_json::Map::new();
    for server in minted {
        print::line(&format!("  {:<10} {}", server.api.title, server.url));
        servers.insert(format!("{}-sandbox", server.api.slug), json!({"type": "http", "url": server.url}));
    }
    let tool = first.api.tools.iter().find(|tool| tool.name == "list_all_ironclad_workflows").or(first.api.tools.first());
    if let Some(tool) = tool {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool.name, "arguments": {"limit": 2}}});
        print::line(&format!(
            "\nCall a tool:\n  curl -s {} \\\n    -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' \\\n    -d '{message}'",
            first.url
        ));
    }
    let configuration = json!({"mcpServers": Value::Object(servers)});
    print::line(&format!("\nConfiguration for MCP clients:\n{configuration:#}"));
}

/// An address that a client on this machine can open.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Writes a file that appears whole or not at all, for its owner only.
pub(super) fn write_ready_file(path: &Path, content: &Value) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut aside = path.to_owned().into_os_string();
    aside.push(format!(".{}", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        writeln!(file, "{content}")?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    };
    write().with_context(|| format!("cannot write the ready file {}", path.display()))
}

/// Waits for SIGINT or SIGTERM. From then on a second one ends the program at once.
pub(super) async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let [Ok(mut interrupt), Ok(mut terminate)] = kinds.map(signal) else { return std::future::pending().await };
    let mut next = async move || {
        tokio::select! {
            _ = interrupt.recv() => kinds[0],
            _ = terminate.recv() => kinds[1],
        }
    };
    next().await;
    tokio::spawn(async move {
        let kind = next().await;
        tracing::warn!("told twice to end: ending at once");
        // As shells name an end by a signal.
        std::process::exit(128 + kind.as_raw_value());
    });
}
