//! The program `runtime`: reads the command line and does what it says.

use std::process::ExitCode;

use clap::Parser;
use runtime::cli::Cli;

fn main() -> ExitCode {
    runtime::cli::run(Cli::parse())
}
