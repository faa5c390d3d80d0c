//! The commands of the program.

mod client_config;
mod first_start;
mod manage;
mod print;
#[cfg_attr(not(feature = "sandbox"), path = "cli/no_sandbox.rs")]
mod sandbox;
mod serve;
mod stdio;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::apis::apis;
use crate::config::{Flags, Settings};
use crate::{app, system, telemetry};

/// A self-hosted gate between AI agents and enterprise APIs.
#[derive(Debug, Parser)]
#[command(name = "runtime", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP and the admin API (what happens without a command)
    ///
    /// A first start makes an admin token, and an MCP URL for each sandbox tenant. A terminal shows
    /// them; otherwise they are in the ready file, or, without one, in first-start.txt beside the
    /// database (in the working directory where the database is no file), which only its owner can
    /// read. Where that cannot be written nothing is made, and the log says what to do.
    Serve,
    /// Serve only the sandbox tenants, as plain HTTP upstreams
    Sandbox,
    /// Serve one MCP server over standard input and output
    Stdio(stdio::Arguments),
    /// Connect, list, show and disconnect integrated accounts
    #[command(subcommand)]
    Account(manage::AccountCommand),
    /// Make, list, show and end MCP servers
    #[command(subcommand)]
    Server(manage::ServerCommand),
    /// Make, list, show and revoke API tokens
    #[command(subcommand)]
    Token(manage::TokenCommand),
    /// Print how an MCP client is set up for an MCP URL
    ///
    /// The steps, what to paste or save, and a link where the client has one, with the day on which
    /// somebody last looked. The output holds the secret URL.
    ClientConfig(client_config::Arguments),
    /// Seal every stored secret under a new master key: the first of the setting, or a new one in
    /// the key file. Servers may run
    RotateMasterKey,
}

/// Does what the command line says; the exit code is 0 when it went well, 1 when not, 2 when
/// settings are bad.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    // It needs neither settings nor a database, and works where there are none.
    if let Some(Command::ClientConfig(arguments)) = &cli.command {
        return ended(client_config::run(arguments));
    }
    let settings = match Settings::load(&cli.flags) {
        Ok(settings) => settings,
        Err(error) => {
            print::complain(&error);
            return ExitCode::from(2);
        }
    };
    telemetry::log(settings.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::complain(&error);
            return ExitCode::FAILURE;
        }
    };
    ended(runtime.block_on(act(cli.command, settings)))
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print::complain(&print::whole(&error));
            ExitCode::FAILURE
        }
    }
}

async fn act(command: Option<Command>, settings: Settings) -> anyhow::Result<()> {
    system::survive_file_limits();
    let apis = apis();
    match command {
        None | Some(Command::Serve) => serve::serve(settings, apis).await,
        Some(Command::Sandbox) => sandbox::serve(&settings).await,
        Some(Command::Stdio(arguments)) => Box::pin(stdio::serve(arguments, settings, apis)).await,
        Some(Command::Account(command)) => manage::account(command, &settings, apis).await,
        Some(Command::Server(command)) => manage::server(command, &settings, apis).await,
        Some(Command::Token(command)) => manage::token(command, &settings, apis).await,
        Some(Command::ClientConfig(arguments)) => client_config::run(&arguments),
        Some(Command::RotateMasterKey) => {
            let app::Rotated { changed, left } = app::rotate(&settings, apis).await?;
            print::line(&format!(
                "sealed anew under the new master key: {changed}; left under another one: {left}"
            ));
            Ok(())
        }
    }
}
