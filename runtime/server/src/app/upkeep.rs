//! Work beside requests: hearing of changes, noticing that the database is back, removing what has expired.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::SignedDuration;

use super::App;
use crate::store::StoreError;

/// How often expired rows are removed.
const SWEEP: Duration = Duration::from_secs(30);
/// How long the call log remembers.
const CALLS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How often a database that does not answer is asked again.
const PROBE: Duration = Duration::from_millis(500);

/// Starts what goes on until the program ends.
pub(super) fn start(app: &Arc<App>) {
    repeat(app, PROBE, |app| async move {
        if app.provision.store().is_down() {
            // The store itself notes the outcome.
            let _ = app.provision.store().ping().await;
        }
    });
    repeat(app, SWEEP, |app| async move {
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "what has expired could not be removed yet");
        }
    });
    if app.provision.store().is_shared() {
        tokio::spawn(listen(Arc::downgrade(app), app.shutdown.clone()));
    }
}

fn repeat<F: Future<Output = ()> + Send>(app: &Arc<App>, every: Duration, work: impl Fn(Arc<App>) -> F + Send + 'static) {
    let (app, shutdown) = (Arc::downgrade(app), app.shutdown.clone());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            let Some(app) = app.upgrade() else { return };
            work(app).await;
        }
    });
}

/// Removes what has expired.
async fn sweep(app: &App) -> Result<(), StoreError> {
    let (store, now) = (app.provision.store(), app.provision.clock().now());
    let servers = store.delete_expired_servers(now.as_microsecond()).await?;
    let tokens = store.delete_expired_api_tokens(now.as_microsecond()).await?;
    store.delete_expired_attempts(now.as_microsecond()).await?;
    if let Ok(before) = now.checked_sub(CALLS_KEPT) {
        store.delete_calls_before(before.as_microsecond()).await?;
    }
    if servers + tokens > 0 {
        tracing::info!(servers, tokens, "removed what has expired");
    }
    Ok(())
}

/// Forgets what other nodes change, as they tell it.
async fn listen(app: Weak<App>, shutdown: tokio_util::sync::CancellationToken) {
    while let Some(running) = app.upgrade() {
        let heard = tokio::select! {
            () = shutdown.cancelled() => return,
            heard = hear(&running) => heard,
        };
        // Until we listen again, entries age out by themselves.
        tracing::warn!(error = %heard, "changes of other nodes are not heard at the moment");
        drop(running);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear(app: &App) -> StoreError {
    let mut changes = match app.provision.store().changes().await {
        Ok(Some(changes)) => changes,
        Ok(None) => return std::future::pending().await,
        Err(error) => return error,
    };
    app.directory.forget(&crate::store::Change::Everything).await;
    loop {
        match changes.next().await {
            Ok(change) => app.directory.forget(&change).await,
            Err(error) => return error,
        }
    }
}
