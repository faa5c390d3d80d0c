//! Waiting for what a program does that runs beside the test and tells nobody.

use std::time::{Duration, Instant};

/// How long until it is looked again.
const BETWEEN: Duration = Duration::from_millis(5);

/// Looks until there is something to see, and gives it; fails with `nothing` after `patience`.
pub(crate) async fn eventually<T>(
    patience: Duration,
    nothing: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < patience, "{nothing}");
        #[expect(clippy::disallowed_methods, reason = "another process cannot wake this one")]
        tokio::time::sleep(BETWEEN).await;
    }
}
