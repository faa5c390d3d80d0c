//! `serve`: the server itself.

use std::io::ErrorKind;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use futures_util::FutureExt;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use support::Api;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use upstream::Origin;

use super::first_start::{FirstStart, ReadyFile, Wanted};
use super::{print, sandbox};
use crate::app::{self, App, StartError};
use crate::config::Settings;
use crate::provision::SandboxNeed;
use crate::{listen, router, system, telemetry};

/// Serves until the program is told to end.
pub(super) async fn serve(
    mut settings: Settings,
    apis: &'static [&'static Api],
) -> anyhow::Result<()> {
    system::raise_open_files();
    // Signals are heard from here on: whoever sees that the program is ready may send one.
    let mut told = std::pin::pin!(shutdown_signal());
    if told.as_mut().now_or_never().is_some() {
        return Ok(());
    }
    // What may be refused comes first: a start that fails makes nothing that only it could have
    // shown.
    let listener = bind(settings.listen, "listen").await?;
    let metrics_listener = match settings.metrics_listen {
        Some(address) => Some(bind(address, "metrics-listen").await?),
        None => None,
    };
    let ready = ReadyFile::prove(&settings)?;
    let provision = tokio::select! {
        opened = app::provision(&settings, apis) => opened?,
        () = &mut told => return Ok(()),
    };
    let need = provision.sandbox_need().await?;
    let origin = if settings.no_sandbox || need == SandboxNeed::None {
        None
    } else {
        start_sandbox(&mut settings, apis, need).await?
    };

    let public_url = settings.public_url.clone().map_or_else(
        || listener.local_addr().map(|found| format!("http://{}", reachable(found))),
        Ok,
    )?;
    let handle = telemetry::measure()?;
    let (metrics, own_metrics) =
        if metrics_listener.is_some() { (None, Some(handle)) } else { (Some(handle), None) };
    let app = App::start(&settings, provision, origin.clone(), public_url, metrics)?;
    if let (Some(listener), Some(handle)) = (metrics_listener, own_metrics) {
        serve_metrics(listener, handle, app.shutdown.clone())?;
    }
    let wanted = Wanted {
        token: wants_token(&settings, &app).await?,
        servers: need == SandboxNeed::FirstStart && origin.is_some(),
    };
    let mut first = FirstStart::make(&app, &settings, apis, wanted).await?;

    let peers = listen::Peers::new(&settings, system::connections(listen::CONNECTIONS));
    let ended = tokio::spawn(listen::serve(
        listener,
        router::router(&app),
        peers,
        app.shutdown.clone(),
        app.cut.clone(),
    ));
    if let Err(error) = first.show(&app, &settings, ready) {
        first.withdraw(&app).await;
        return Err(error);
    }
    drop(first);
    if need == SandboxNeed::FirstStart && origin.is_none() {
        print::line(&no_account(sandbox::ABSENT.filter(|_| !settings.no_sandbox)));
    }
    tokio::select! {
        () = told => tracing::info!("ending: requests under way may finish"),
        () = app.shutdown.cancelled() => {}
    }
    app.drain(ended, settings.shutdown_grace).await;
    Ok(())
}

/// Listens at an address that a setting names.
///
/// # Errors
/// What the system says, with the address and the setting.
pub(super) async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => format!(
                "; another program listens there, perhaps another Drawbridge: end it, or choose another port (--{setting} {})",
                SocketAddr::new(address.ip(), 0)
            ),
            ErrorKind::AddrNotAvailable => "; this machine has no such address".to_owned(),
            ErrorKind::PermissionDenied => "; ports below 1024 need a privilege".to_owned(),
            _ => String::new(),
        };
        StartError::Listen(format!("{address} (setting {setting})"), std::io::Error::new(error.kind(), format!("{error}{advice}")))
    })
}

/// Whether a first API token is needed, because nobody could sign in otherwise.
async fn wants_token(settings: &Settings, app: &App) -> anyhow::Result<bool> {
    if let Some(token) = &settings.admin_token {
        if token.expose_secret().len() < 20 {
            tracing::warn!("the admin token is short enough to be guessed");
        }
        return Ok(false);
    }
    Ok(!app.provision.has_admin_token().await?)
}

/// What a start without any account says: how there can be one. `why` is why there is no sandbox.
fn no_account(why: Option<&str>) -> String {
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    format!(
        "No account is connected{why}. To connect one, and to make its MCP URL:\n  \
         runtime account create --integration API --name NAME --credentials @FILE\n  \
         runtime server create --account ID --name NAME"
    )
}

async fn start_sandbox(
    settings: &mut Settings,
    apis: &[&Api],
    need: SandboxNeed,
) -> anyhow::Result<Option<Origin>> {
    if let (Some(why), SandboxNeed::Accounts) = (sandbox::ABSENT, need) {
        tracing::warn!("the sandbox accounts cannot be used: {why}");
    }
    let Some(api) = apis.iter().find(|api| sandbox::credentials(api.slug).is_some()) else {
        return Ok(None);
    };
    let address = sandbox::start().await?;
    settings.upstream_hosts.push(address.to_string().parse()?);
    Ok(Some(Origin::parse(
        api,
        Some(&format!("http://{address}")),
        None,
        &settings.upstream_hosts,
    )?))
}

fn serve_metrics(
    listener: TcpListener,
    handle: PrometheusHandle,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "serving metrics");
    let router = Router::new().route("/metrics", get(move || async move { handle.render() }));
    tokio::spawn(listen::serve(
        listener,
        router,
        listen::Peers::of_metrics(),
        shutdown.clone(),
        shutdown,
    ));
    Ok(())
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

/// Waits for SIGINT or SIGTERM. From then on a second one ends the program at once.
pub(super) async fn shutdown_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let [Ok(mut interrupt), Ok(mut terminate)] = kinds.map(signal) else {
        return std::future::pending().await;
    };
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

#[cfg(test)]
mod tests {
    #[test]
    fn a_start_without_accounts_says_how_to_make_one_and_its_server() {
        let text = super::no_account(Some("nothing to try"));
        assert!(text.starts_with("No account is connected (nothing to try). To connect one"));
        assert!(text.contains("\n  runtime account create --integration API "), "{text}");
        assert!(text.contains("\n  runtime server create --account ID "), "{text}");
        assert!(super::no_account(None).starts_with("No account is connected. "));
    }
}
