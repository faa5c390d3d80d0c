//! The sandbox tenants: beside the server on a loopback port of their own, or alone.

use std::iter;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use futures_util::FutureExt;
use sandbox::{Options, Sandbox};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::first_start::ReadyFile;
use super::print;
use crate::config::Settings;

/// Why there are no tenants: this build has them.
pub(super) const ABSENT: Option<&str> = None;

/// Starts the tenants beside the server; answers where they listen.
pub(super) async fn start() -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the sandbox cannot listen")?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        if let Err(error) = Sandbox::new(Options::default()).serve(listener).await {
            tracing::error!(%error, "the sandbox has ended");
        }
    });
    Ok(address)
}

/// Credentials at the tenant of an API; `None` for an API that has none.
pub(super) fn credentials(slug: &str) -> Option<Value> {
    let mut tenants = Options::default().tenants().into_iter();
    tenants.find(|tenant| tenant.slug == slug).map(|tenant| tenant.credentials)
}

/// Serves nothing but the tenants, until the program is told to end.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let mut told = std::pin::pin!(super::serve::shutdown_signal());
    if told.as_mut().now_or_never().is_some() {
        return Ok(());
    }
    let listener = super::serve::bind(settings.listen, "listen").await?;
    let ready = ReadyFile::prove(settings)?;
    let url = format!("http://{}", listener.local_addr()?);
    let options = Options { control_routes: true, ..Options::default() };
    // Not secrets: the same in every copy of this program, and they open nothing but these tenants.
    let tenants = options.tenants();
    let titles: Vec<&str> = tenants.iter().map(|tenant| tenant.title).collect();
    let mut hint = Map::new();
    for tenant in tenants {
        let client = tenant.client_credentials;
        let all: Vec<Value> = iter::once(tenant.credentials).chain(client).collect();
        hint.insert(tenant.slug.to_owned(), json!(all));
    }
    let (titles, hint) = (titles.join(" and "), Value::Object(hint));
    print::line(&format!("Sandbox tenants of {titles} at {url}\nCredentials: {hint}"));
    ready.publish(&json!({"url": url}))?;
    tokio::select! {
        served = Sandbox::new(options).serve(listener) => served.context("the sandbox has ended"),
        () = told => Ok(()),
    }
}
