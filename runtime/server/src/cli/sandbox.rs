//! The sandbox tenants: beside the server on a loopback port of their own, or alone.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use futures_util::FutureExt;
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
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

/// Credentials of the tenants, for the APIs that have one.
pub(super) fn credentials(slug: &str) -> Option<Value> {
    let options = Options::default();
    match slug {
        "ironclad" => Some(json!({"type": "bearer", "token": options.ironclad_token})),
        "torii" => Some(
            json!({"type": "bearer", "token": options.torii_token, "scim_token": options.torii_scim_token}),
        ),
        _ => None,
    }
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
    let hint = json!({
        "ironclad": credentials("ironclad"),
        "torii": credentials("torii"),
        "oauth_client": {"client_id": options.oauth_client_id, "client_secret": options.oauth_client_secret},
    });
    print::line(&format!("Sandbox tenants of Ironclad and Torii at {url}\nCredentials: {hint}"));
    ready.publish(&json!({"url": url}))?;
    tokio::select! {
        served = Sandbox::new(options).serve(listener) => served.context("the sandbox has ended"),
        () = told => Ok(()),
    }
}
