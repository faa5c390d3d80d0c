//! Metrics that nobody reads.

#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use std::time::Duration;

/// The memory of this process that is its own, in bytes.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[tokio::test(start_paused = true)]
async fn times_of_millions_of_requests_that_nobody_reads_cost_no_memory() {
    let handle = runtime::telemetry::measure().unwrap();
    let record = async |count: u32| {
        for number in 0..count {
            metrics::histogram!("drawbridge_http_request_seconds", "route" => "/mcp/{token}")
                .record(f64::from(number % 100) / 100.0);
            if number % 10_000 == 0 {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        }
    };
    record(100_000).await;
    let before = memory();
    record(2_000_000).await;
    let grown = memory().saturating_sub(before);
    assert!(grown < 2 << 20, "{grown} bytes");
    assert!(
        handle
            .render()
            .contains("drawbridge_http_request_seconds_count{route=\"/mcp/{token}\"} 2100000")
    );
}
