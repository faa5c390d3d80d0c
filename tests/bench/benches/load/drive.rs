//! The driver: a number of keep-alive connections, each of which sends the same request again as
//! soon as it is answered, and the CPU that the measured process spent meanwhile.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is driven.
pub(crate) struct Plan {
    /// host:port of the measured process.
    pub(crate) address: String,
    /// A whole HTTP request.
    pub(crate) request: Bytes,
    /// How many connections.
    pub(crate) connections: usize,
    /// How long before anything is measured.
    pub(crate) warm: Duration,
    /// How long it is measured.
    pub(crate) measured: Duration,
    /// The measured process.
    pub(crate) pid: u32,
}

/// Answers under way longer than this are a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// Drives the load and prints `{"calls","seconds","cpu_seconds","p50_ms","p99_ms"}`.
pub(crate) async fn run(plan: Plan) -> anyhow::Result<()> {
    let (counting, ending) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut workers = Vec::new();
    for _ in 0..plan.connections {
        let stream = TcpStream::connect(&plan.address).await?;
        stream.set_nodelay(true)?;
        workers.push(tokio::spawn(work(
            stream,
            plan.request.clone(),
            Arc::clone(&counting),
            Arc::clone(&ending),
        )));
    }
    pause(plan.warm).await;
    let (begun, before) = (Instant::now(), cpu_seconds(plan.pid)?);
    counting.store(true, Ordering::Relaxed);
    pause(plan.measured).await;
    counting.store(false, Ordering::Relaxed);
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds(plan.pid)? - before);
    ending.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for worker in workers {
        times.extend(
            tokio::time::timeout(PATIENCE, worker)
                .await
                .context("an answer does not come")???,
        );
    }
    times.sort_unstable();
    let percentile = |hundredth: usize| {
        times.get(times.len() * hundredth / 100).map_or(0.0, |time| f64::from(*time) / 1_000.0)
    };
    let figures = json!({
        "calls": times.len(), "seconds": seconds, "cpu_seconds": cpu, "p50_ms": percentile(50), "p99_ms": percentile(99),
    });
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}

/// One connection; how long each counted call took, in microseconds.
async fn work(
    mut stream: TcpStream,
    request: Bytes,
    counting: Arc<AtomicBool>,
    ending: Arc<AtomicBool>,
) -> anyhow::Result<Vec<u32>> {
    let mut times = Vec::new();
    let mut buffer = Vec::with_capacity(256 * 1024);
    while !ending.load(Ordering::Relaxed) {
        let begun = Instant::now();
        stream.write_all(&request).await?;
        read_answer(&mut stream, &mut buffer).await?;
        if counting.load(Ordering::Relaxed) {
            times.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(times)
}

/// Reads one answer, which must be good.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    buffer.clear();
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the connection was closed");
        }
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_ascii_lowercase();
    let good = ["http/1.1 200", "http/1.1 201"].iter().any(|status| text.starts_with(status));
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let length = length.with_context(|| format!("an answer without a length: {text}"))?;
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the connection was closed");
        }
    }
    // The mark of a failed tool stands at the end of its result.
    let end = buffer.get(buffer.len().saturating_sub(300)..).unwrap_or_default();
    if !good || end.windows(14).any(|bytes| bytes == br#""isError":true"#) {
        bail!("a bad answer: {}", String::from_utf8_lossy(buffer));
    }
    Ok(())
}

/// What all threads of a process have run so far (Linux, `/proc/PID/task/*/schedstat`: nanoseconds
/// first).
fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end meanwhile.
        let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        total +=
            text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(Duration::from_nanos(total).as_secs_f64())
}

#[expect(clippy::disallowed_methods, reason = "what is measured lasts a time")]
async fn pause(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}
