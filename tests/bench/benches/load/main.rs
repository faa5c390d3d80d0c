//! The parts of `tests/bench/load`, each a process of its own, so that the CPU of each can be told
//! from outside: a vendor that answers at once, a bare reverse proxy before it, and a driver with
//! keep-alive connections.

mod drive;
mod proxy;
mod serve;
mod stub;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments[..] {
            ["stub"] => stub::serve(None).await,
            // The same server, which sends one body whatever it is asked for.
            ["bare", file] => stub::serve(Some(std::fs::read(file)?.into())).await,
            ["proxy", upstream] => proxy::serve(upstream.to_owned()).await,
            ["drive", address, request, connections, warm, seconds, pid] => {
                let plan = drive::Plan {
                    address: address.to_owned(),
                    request: std::fs::read(Path::new(request))?.into(),
                    connections: connections.parse()?,
                    warm: Duration::from_secs_f64(warm.parse()?),
                    measured: Duration::from_secs_f64(seconds.parse()?),
                    pid: pid.parse()?,
                };
                drive::run(plan).await.context("the load could not be driven")
            }
            // What `cargo bench` passes to every benchmark.
            _ => bail!("run tests/bench/load"),
        }
    })
}
