//! Logs and metrics.

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::LogFormat;

/// The crates whose words below `info` are known to hold no secret. HTTP libraries print headers
/// there.
const OURS: [&str; 4] = ["runtime", "upstream", "sandbox", "support"];

/// Sends log lines to standard error, at the levels of `RUST_LOG` (`info` without it).
pub fn log(format: LogFormat) {
    let levels =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // A second start in one process (tests) keeps the first one's.
    let _ = tracing_subscriber::registry()
        .with(levels)
        .with(lines.with_filter(filter_fn(is_harmless)))
        .try_init();
}

fn is_harmless(metadata: &Metadata<'_>) -> bool {
    let origin = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || OURS.contains(&origin)
}

/// How often measured times are put into their buckets; until then every one of them is kept.
const UPKEEP: Duration = Duration::from_secs(1);

/// Gathers metrics for the whole process, whether or not anybody reads them. Called within the
/// runtime that it lives in.
///
/// Labels come from sets that callers cannot add to: a metric is kept for good.
///
/// # Errors
/// When the buckets are empty, which they are not.
pub fn measure() -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ])?
        .build_recorder();
    let handle = recorder.handle();
    metrics::describe_counter!(
        "drawbridge_http_requests_total",
        "HTTP requests by route, method and status"
    );
    metrics::describe_histogram!(
        "drawbridge_http_request_seconds",
        "Time to answer an HTTP request, by route"
    );
    // A second start in one process (tests) measures for itself alone.
    let _ = metrics::set_global_recorder(recorder);
    metrics::describe_counter!("drawbridge_tool_calls_total", "Calls of tools by outcome");
    metrics::describe_histogram!("drawbridge_tool_call_seconds", "Time that calls of tools took");
    metrics::describe_counter!(
        "drawbridge_call_log_dropped_total",
        "Calls that are missing from the call log"
    );
    metrics::describe_gauge!("drawbridge_connections_open", "Connections of clients that are open");
    metrics::describe_counter!(
        "drawbridge_connections_shed_total",
        "Connections and requests turned away, by the limit that was reached"
    );
    metrics::describe_counter!(
        "drawbridge_connections_ended_total",
        "Connections that left us waiting for too long, by what for"
    );
    metrics::describe_counter!(
        "drawbridge_upstream_refused_total",
        "Calls that were not sent, by the limit that was reached, or to a mute host"
    );
    metrics::describe_counter!(
        "drawbridge_upstream_breaker_changes_total",
        "Hosts of vendors that went mute, were tried, or answered again"
    );
    tokio::spawn(keep_up(handle.clone()));
    Ok(handle)
}

async fn keep_up(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}
