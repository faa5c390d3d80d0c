//! `client-config`: how one MCP client is set up for one server.

use std::fmt::Write as _;
use std::io::Read as _;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::print;
use crate::clients::{self, Client, Endpoint, Settings};
use crate::nearest::nearest;

/// How much is read where the URL comes from standard input.
const LONGEST_INPUT: u64 = 4_096;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The client; without it the known ones are listed
    #[arg(long = "for", value_name = "NAME", requires = "url", value_parser = known)]
    client: Option<&'static Client>,
    /// The MCP URL, as it was shown when the server was made; "-" reads it from standard input, where
    /// no list of processes shows it
    #[arg(requires = "client")]
    url: Option<String>,
    /// What the client is to call the server
    #[arg(long, default_value = "drawbridge")]
    name: String,
    /// The server asks for an API token too (require_api_token_auth)
    #[arg(long, conflicts_with = "sign_in")]
    api_token: bool,
    /// The server asks people to sign in (auth: oauth)
    #[arg(long)]
    sign_in: bool,
    /// Write JSON, for scripts
    #[arg(long)]
    json: bool,
}

/// The client of this name, or what there is to choose from.
fn known(id: &str) -> Result<&'static Client, String> {
    clients::find(id).ok_or_else(|| {
        let known = || clients::all().iter().map(|client| client.id.as_str());
        let meant =
            nearest(id, known()).map(|meant| format!("did you mean {meant}? ")).unwrap_or_default();
        format!("{meant}known are {}", known().collect::<Vec<_>>().join(", "))
    })
}

/// Prints what is asked for.
///
/// # Errors
/// When the URL is none of an MCP server.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (Some(client), Some(url)) = (arguments.client, &arguments.url) else {
        print::line(&list(arguments.json));
        return Ok(());
    };
    let url = if url == "-" { from_standard_input()? } else { url.clone() };
    let mut endpoint = Endpoint::new(&url, &arguments.name, arguments.api_token)?;
    if arguments.sign_in {
        endpoint = endpoint.with_sign_in();
    }
    let settings = client.settings(&endpoint);
    print::line(&if arguments.json {
        format!("{:#}", as_json(client, &settings))
    } else {
        as_text(client, &settings)
    });
    Ok(())
}

fn from_standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(LONGEST_INPUT + 1);
    let read = input.read_to_string(&mut text).context("cannot read the URL")?;
    if read as u64 > LONGEST_INPUT {
        bail!("standard input holds more than a URL");
    }
    Ok(text.trim().to_owned())
}

fn list(as_json: bool) -> String {
    if as_json {
        let entry = |client: &Client| {
            json!({
                "client": client.id, "title": client.title, "checked": client.checked,
                "calls_from_cloud": client.cloud, "sends_api_token": client.sends_token,
                "signs_in": client.signs_in,
            })
        };
        return format!("{:#}", clients::all().iter().map(entry).collect::<Value>());
    }
    let mut text = String::new(); // writing to it cannot fail
    for client in clients::all() {
        let _ = write!(text, "{:<15} {}", client.id, client.title);
        let _ = match (client.cloud, client.sends_token) {
            (true, false) => writeln!(text, " (calls over the internet; sends no API token)"),
            (true, true) => writeln!(text, " (calls over the internet)"),
            (false, false) => writeln!(text, " (sends no API token)"),
            (false, true) => writeln!(text),
        };
    }
    text + "\nruntime client-config --for NAME URL"
}

fn as_json(client: &Client, settings: &Settings) -> Value {
    let snippets: Vec<_> = settings
        .snippets
        .iter()
        .map(|snippet| {
            json!({
                "label": snippet.label, "language": snippet.language.name(), "file": snippet.file,
                "text": snippet.text,
            })
        })
        .collect();
    json!({
        "client": client.id, "title": client.title, "checked": settings.checked,
        "calls_from_cloud": client.cloud, "sends_api_token": client.sends_token,
        "signs_in": client.signs_in, "warnings": settings.warnings, "steps": settings.steps, "snippets": snippets,
        "link": settings.link.as_ref().map(|link| json!({"label": link.label, "url": link.url})),
        "notes": settings.notes,
    })
}

fn as_text(client: &Client, settings: &Settings) -> String {
    let mut text = String::new(); // writing to it cannot fail
    let _ = writeln!(text, "{} (checked on {})", client.title, settings.checked);
    for warning in &settings.warnings {
        let _ = writeln!(text, "\nWarning: {warning}");
    }
    for (index, step) in settings.steps.iter().enumerate() {
        let before = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{before}{}. {step}", index + 1);
    }
    for snippet in &settings.snippets {
        let file = snippet.file.map(|file| format!(" ({file})")).unwrap_or_default();
        let _ = writeln!(text, "\n{}{file}:\n\n{}", snippet.label, snippet.text);
    }
    if let Some(link) = &settings.link {
        let _ = writeln!(text, "\n{}:\n\n{}", link.label, link.url);
    }
    for (index, note) in settings.notes.iter().enumerate() {
        let before = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{before}- {note}");
    }
    text.trim_end().to_owned()
}
