//! `codegen`: regenerates this repository's crates, checks them, or makes one of any document.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            cli::say_error(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}
