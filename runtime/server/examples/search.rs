//! How long a search takes among a thousand tools: those of the APIs on board, again and again under
//! other names. `cargo run --release --example search -p runtime`
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::apis::apis;
use runtime::tools::Catalogue;
use runtime::toolset::{Filter, Toolset};
use support::{Api, Tool};

const TOOLS: usize = 1_000;

fn main() {
    let rows: Vec<&'static Tool> = apis().iter().flat_map(|api| api.tools).collect();
    let many: Vec<Tool> = rows.iter().cycle().take(TOOLS).enumerate().map(again).collect();
    let api: &'static Api = Box::leak(Box::new(Api { tools: many.leak(), ..*apis()[0] }));
    let toolset = Toolset::build(&Arc::new(Catalogue::new(api)), &Filter::default());
    let search = |query: &str| -> Duration {
        let start = Instant::now();
        black_box(toolset.search(query));
        start.elapsed()
    };
    println!("index: {:?}", search("first"));
    let questions = rows.iter().flat_map(|tool| tool.questions);
    let mut times: Vec<Duration> = questions.map(|question| search(question)).collect();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    println!(
        "{} searches: median {:?}, p99 {:?}, most {:?}",
        times.len(),
        at(500),
        at(990),
        at(1000)
    );
    let long: Vec<&str> = rows.iter().flat_map(|tool| tool.questions).copied().collect();
    println!("the longest query: {:?}", search(&long.join(" ")));
}

/// A tool under a name of its own.
fn again((number, tool): (usize, &&'static Tool)) -> Tool {
    let name: &'static str = format!("{}_{number}", tool.name).leak();
    Tool {
        title: tool.title,
        description: tool.description,
        method: tool.method,
        tags: tool.tags,
        annotations: tool.annotations,
        questions: tool.questions,
        ..Tool::plain(name, tool.schemas, tool.operation, tool.request)
    }
}
