//! The end in order: what only reads has little time, what may change something has the grace, the
//! rest is cut and told.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::App;
use crate::call_log::Effect;

/// How long calls that only read, and requests that are no calls, may take to end; less where the
/// grace is less.
const READS: Duration = Duration::from_secs(5);
/// How long connections that are cut may take to be gone, and how long the log of their calls may
/// take to be written.
const CUT: Duration = Duration::from_secs(1);
const WRITTEN: Duration = Duration::from_secs(5);

impl App {
    /// Ends what `served` serves: connections without a request at once, reads within the lesser of
    /// `grace` and 5 s, calls that may change something within `grace`. What is left then is cut;
    /// the log says how much, and of each call that the vendor may have carried out that its
    /// outcome is unknown. Then everything noted is written, and the database closed.
    pub async fn drain(&self, mut served: JoinHandle<()>, grace: Duration) {
        let begun = Instant::now();
        self.shutdown.cancel();
        if timeout(grace.min(READS), &mut served).await.is_err() {
            let (reads, writes) = self.under_way();
            if reads > 0 {
                tracing::warn!(reads, "calls that only read were under way and are cut off");
            }
            self.pipeline.reads_end.cancel();
            if writes > 0 && begun.elapsed() < grace {
                tracing::info!(writes, "calls that may change something are waited for");
                // A timeout is told below, with how many are left.
                let _ = timeout_at(begun + grace, self.calls.open().none_left(Effect::Write)).await;
            }
            // Answers that are ready are on their way.
            if timeout(CUT, &mut served).await.is_err() {
                let (reads, writes) = self.under_way();
                tracing::warn!(reads, writes, "requests under way were cut off");
                self.cut.cancel();
                if timeout(CUT, &mut served).await.is_err() {
                    served.abort();
                }
            }
        }
        if timeout_at(begun + grace, self.unattended()).await.is_err() {
            tracing::error!(
                "a change or a renewal of a token was under way and is cut off; what the vendor granted may be lost"
            );
        }
        if timeout(WRITTEN, self.calls.flush()).await.is_err() {
            tracing::error!("the database does not take the call log: its last entries are lost");
        }
        if timeout(CUT, self.provision.store().close()).await.is_err() {
            tracing::warn!("the database did not take leave");
        }
    }

    /// Waits for work that goes on without the request that began it.
    async fn unattended(&self) {
        self.changes.close();
        self.changes.wait().await;
        self.upstream.renewals().close();
        self.upstream.renewals().wait().await;
    }

    fn under_way(&self) -> (usize, usize) {
        let open = self.calls.open();
        (open.count(Effect::Read), open.count(Effect::Write))
    }
}
