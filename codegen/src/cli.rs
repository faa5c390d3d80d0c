//! The command line: what was asked, and what is said about it.

mod alone;
mod compare;
mod figures;
mod init;
mod regenerate;
mod repository;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use codegen::diagnostics::{Diagnostics, Severity};
use codegen::names;

/// Turns OpenAPI documents into typed Rust clients and MCP tools.
///
/// Without a command, regenerates everything under `generated/` from `specs/`: prints what
/// changed, deletes strays, and writes nothing at all when a document has an error.
#[derive(Debug, Parser)]
#[command(name = "codegen", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    regenerate: Regenerate,
}

#[derive(Debug, Args)]
struct Regenerate {
    /// Write nothing; exit with 1 and show the difference if `generated/` is not up to date.
    #[arg(long)]
    check: bool,
    /// Let tool names differ from `specs/{api}/tools.lock`, and write it anew.
    #[arg(long)]
    accept_renames: bool,
    /// List every warning and note with file and pointer (default: by kind, with the first three).
    #[arg(long, short)]
    verbose: bool,
    /// The repository (default: found from the current folder upwards).
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make one crate that builds by itself, anywhere, of any OpenAPI 3 document.
    Generate(Generate),
    /// Say what a new document changes for callers; exit with 1 when something breaks.
    Diff(Diff),
    /// Say what each API offers and costs; exit with 1 when it costs more than its overlay allows.
    Report(Report),
    /// Add an API to this repository: its document, a starter overlay, its crate, the runtime's
    /// list.
    Init(Init),
}

#[derive(Debug, Args)]
struct Diff {
    /// The document that callers know.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The document that would replace it.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Changes to apply to both first (OpenAPI Overlay 1.0).
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Name of the crate and part of every tool name (default: made of the old title).
    #[arg(long, value_name = "NAME", value_parser = crate_name)]
    name: Option<String>,
}

#[derive(Debug, Args)]
struct Report {
    /// Only these APIs.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Show every place that is looser than its document (default: the first three of a kind).
    #[arg(long, short)]
    verbose: bool,
    /// The repository (default: found from the current folder upwards).
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Init {
    /// Name of the folder below `specs/`, of the crate, and part of every tool name.
    #[arg(value_name = "NAME", value_parser = crate_name)]
    name: String,
    /// The document: OpenAPI 3.0 or 3.1, JSON or YAML; files in its folder that it refers to are
    /// read, too.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The repository (default: found from the current folder upwards).
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Exit status: 0 when a crate was made; 1 when something was skipped and `--strict` forbids
/// that; 2 when nothing can be made.
#[derive(Debug, Args)]
struct Generate {
    /// The document: OpenAPI 3.0 or 3.1, JSON or YAML; files in its folder that it refers to are
    /// read, too.
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Changes to apply first (OpenAPI Overlay 1.0).
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Name of the crate and part of every tool name.
    #[arg(long, value_name = "NAME", value_parser = crate_name)]
    name: String,
    /// Folder of the new crate.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Share the crate `support` in this folder (default: the new crate carries its own, and can
    /// be moved and published).
    #[arg(long, value_name = "PATH")]
    support: Option<PathBuf>,
    /// Licence of the new crate, an SPDX expression (default: the document's, or else `MIT OR
    /// Apache-2.0`, that of the support it carries).
    #[arg(long, value_name = "SPDX", value_parser = codegen::license::expression)]
    license: Option<String>,
    /// Take every fault of the document for an error.
    #[arg(long)]
    strict: bool,
    /// List every warning and note with file and pointer (default: by kind, with the first three).
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the command; an `Err` is what no document is to blame for.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        None => regenerate::run(&arguments.regenerate),
        Some(Command::Generate(generate)) => alone::run(&generate),
        Some(Command::Diff(diff)) => Ok(compare::run(&diff)),
        Some(Command::Report(report)) => figures::run(&report),
        Some(Command::Init(init)) => init::run(&init),
    }
}

/// Crates that the compiler brings, and the one that generated code shares.
const TAKEN: &[&str] = &["alloc", "core", "proc_macro", "std", "support", "test"];

/// A name that a crate can have and that tool names can hold.
fn crate_name(name: &str) -> Result<String, String> {
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits || name.len() > 32 || name.contains("__") {
        return Err("use a-z, 0-9 and single _, a letter first, at most 32 characters".to_owned());
    }
    if names::is_keyword(name) || TAKEN.contains(&name) || codegen::support::is_library(name) {
        return Err(
            "Rust or the generated code gives this name another meaning: choose another one"
                .to_owned(),
        );
    }
    Ok(name.to_owned())
}

/// Prints findings: errors always in full, the others by kind unless all are asked for.
fn say_findings(diags: &Diagnostics, verbose: bool) {
    let text = if verbose { diags.render(Severity::Note) } else { diags.summary() };
    if !text.is_empty() {
        say_error(text.trim_end());
    }
}

/// Prints to standard output. A closed pipe is the reader's choice, not a failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints to standard error.
pub(crate) fn say_error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
