//! Work beside requests: hearing of changes, noticing that the database is back, removing what has
//! expired.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::SignedDuration;

use super::{App, Job};
use crate::call_log::UNKNOWN;
use crate::store::{Change, StoreError};

/// How often expired rows are removed.
const SWEEP: Duration = Duration::from_secs(30);
/// How often it is looked whether the servers of open streams are still there: what ends by itself,
/// or by a command on the machine of the database, nobody tells of.
const LIVE: Duration = Duration::from_secs(1);
/// How much longer than calls their counts by the hour are kept: charts compare with the year before.
const COUNTS_KEPT: Duration = Duration::from_secs(400 * 24 * 3_600);
/// How long a call can take at most, so that one which has not come back by then never will.
const LONGEST_CALL: SignedDuration = SignedDuration::from_hours(3);
/// How often values under other master keys than the first are looked for.
const RESEAL: Duration = Duration::from_secs(60);
/// How often a database that does not answer is asked again.
const PROBE: Duration = Duration::from_millis(500);

/// How long logs are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retention {
    pub(crate) calls: Duration,
    pub(crate) acts: Duration,
}

impl Retention {
    /// Removes what is older, in batches; answers how much that was.
    pub(crate) async fn enforce(self, app: &App) -> Result<u64, StoreError> {
        let (store, now) = (app.provision.store(), app.provision.now());
        let mut removed = 0;
        if let Ok(before) = now.checked_sub(self.calls) {
            removed += store.delete_calls_before(before.as_microsecond()).await?;
        }
        if let Ok(before) = now.checked_sub(self.calls + COUNTS_KEPT) {
            removed += store.delete_rollups_before(before.as_microsecond()).await?;
        }
        if let Ok(before) = now.checked_sub(self.acts) {
            removed += store.delete_acts_before(before.as_microsecond()).await?;
        }
        Ok(removed)
    }
}

/// Starts what goes on until the program ends.
pub(super) fn start(app: &Arc<App>, retention: Retention) {
    repeat(app, PROBE, |app| async move {
        // A rotation leaves the old key beside the new one in the file for ten seconds. Whoever
        // does not see the two together takes the new one for a stranger's.
        app.provision.keys().look();
        if app.provision.store().is_down() {
            // The store itself notes the outcome.
            let _ = app.provision.store().ping().await;
        }
    });
    repeat(app, LIVE, |app| async move { app.end_dead_streams(|_| true).await });
    repeat(app, SWEEP, |app| async move {
        // One that is over opens nothing, whether or not its row is there.
        let _ = app.provision.remove_ended_sessions().await;
        let swept = sweep(&app).await;
        if let Err(error) = &swept {
            tracing::warn!(%error, "what has expired could not be removed yet");
        }
        app.ran(Job::Sweep, swept, "removed");
    });
    // On its own: a log that is far too long takes its time, and what has expired does not wait.
    repeat(app, SWEEP, move |app| async move {
        let removed = retention.enforce(&app).await;
        if let Err(error) = &removed {
            tracing::warn!(%error, "old log entries could not be removed yet");
        }
        app.ran(Job::Retention, removed, "removed");
    });
    tokio::spawn(settle(Arc::clone(app)));
    tokio::spawn(first_reseal(Arc::clone(app)));
    repeat(app, RESEAL, |app| async move { reseal(&app).await });
    if app.provision.store().is_shared() {
        tokio::spawn(listen(Arc::downgrade(app), app.shutdown.clone()));
    }
}

fn repeat<F: Future<Output = ()> + Send>(
    app: &Arc<App>,
    every: Duration,
    work: impl Fn(Arc<App>) -> F + Send + 'static,
) {
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

/// Settles the calls that a node which is gone left in the log: the vendor may have carried them
/// out. Should one be under way on another node, what comes of it is written over this.
async fn settle(app: Arc<App>) {
    let (store, start) = (app.provision.store(), app.provision.clock().now().as_microsecond());
    loop {
        match store.settle_calls_before(start, UNKNOWN).await {
            Ok(0) => return app.ran(Job::Settle, Ok::<_, StoreError>(0), "settled"),
            Ok(calls) => {
                app.ran(Job::Settle, Ok::<_, StoreError>(calls), "settled");
                return tracing::warn!(
                    calls,
                    "calls were under way when a node ended; how they went is unknown"
                );
            }
            Err(error) => {
                tracing::debug!(%error, "unsettled calls could not be looked for yet");
                app.ran(Job::Settle, Err(error), "settled");
            }
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = tokio::time::sleep(PROBE) => {}
        }
    }
}

async fn first_reseal(app: Arc<App>) {
    reseal(&app).await;
}

/// Seals anew what is under another master key than the first, as long as that is the one in force.
async fn reseal(app: &App) {
    let work = async {
        if app.provision.sealed_otherwise().await? == 0 || !app.provision.seals_in_force().await? {
            return Ok(0);
        }
        app.provision.reseal().await
    };
    let done = work.await;
    match &done {
        Ok(0) => {}
        Ok(values) => {
            tracing::info!(values, key = %app.provision.keys().first_id(), "sealed anew under the first master key");
        }
        Err(error) => {
            tracing::warn!(%error, "values under an old master key could not be sealed anew yet");
        }
    }
    app.ran(Job::Reseal, done, "sealed anew");
}

/// Removes what has expired; answers how much that was.
async fn sweep(app: &App) -> Result<u64, StoreError> {
    let (store, now) = (app.provision.store(), app.provision.now());
    let servers = store.delete_expired_servers(now.as_microsecond()).await?;
    store.delete_ended_overlaps(now.as_microsecond()).await?;
    let tokens = store.delete_expired_api_tokens(now.as_microsecond()).await?;
    store.delete_expired_attempts(now.as_microsecond()).await?;
    let admissions = app.provision.remove_ended_admissions().await?;
    if let Ok(before) = now.checked_sub(LONGEST_CALL) {
        store.settle_calls_before(before.as_microsecond(), UNKNOWN).await?;
    }
    if servers + tokens + admissions > 0 {
        tracing::info!(servers, tokens, admissions, "removed what has expired");
    }
    Ok(servers + tokens + admissions)
}

impl App {
    /// Notes how a job went that did something to so many things.
    fn ran<E: std::fmt::Display>(&self, job: Job, done: Result<u64, E>, what: &str) {
        let outcome = match done {
            Ok(0) => Ok("nothing to do".to_owned()),
            Ok(count) => Ok(format!("{count} {what}")),
            Err(error) => Err(error.to_string()),
        };
        self.jobs.note(job, self.provision.now(), outcome);
    }
}

/// Forgets what other nodes change, as they tell it.
async fn listen(app: Weak<App>, shutdown: tokio_util::sync::CancellationToken) {
    while let Some(running) = app.upgrade() {
        let heard = tokio::select! {
            () = shutdown.cancelled() => return,
            heard = hear(&running) => heard,
        };
        running.ran(Job::Listen, Err(&heard), "");
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
    app.changed_elsewhere(&Change::Everything).await;
    app.jobs.note(Job::Listen, app.provision.now(), Ok("listening since then".to_owned()));
    loop {
        match changes.next().await {
            Ok(change) => app.changed_elsewhere(&change).await,
            Err(error) => return error,
        }
    }
}
