//! The page that shows a secret URL, once: with what to do with it, and whether anybody has.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Extension, Path, RawQuery, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcode::QrCode;
use qrcode::render::svg;
use upstream::guard::is_public;

use super::admitted;
use super::chrome::{Chrome, Section};
use super::draft::end_in_words;
use super::exposure::{Exposure, counted};
use super::failure::Failure;
use super::form::Form;
use super::marked::Piece;
use super::session::SignedIn;
use super::{Answer, page};
use crate::admin::input::server_id;
use crate::app::App;
use crate::clients::{self, Endpoint, Settings};
use crate::clock::from_micros;
use crate::directory::OpenAccount;
use crate::provision::{Server, ServerAuth, Token};
use crate::when;

/// How long the name of our host may take to be found.
const LOOK_UP: Duration = Duration::from_millis(1_500);

#[derive(Template)]
#[template(path = "once.html")]
struct OncePage {
    chrome: Chrome,
    server: String,
    name: String,
    summary: String,
    url: String,
    picture: String,
    tabs: Vec<Tab>,
    bridge: Settings,
    reach: Reachability,
    waiting: Waiting,
    example: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "repeated.html")]
struct RepeatedPage {
    chrome: Chrome,
    server: String,
    name: String,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPart {
    base: String,
    waiting: Waiting,
}

/// How a client is set up.
struct Tab {
    id: &'static str,
    title: &'static str,
    settings: Settings,
    /// The link, where its scheme is one that a page may lead to.
    cloud: bool,
}

/// Whether clients in other people's clouds can come in.
struct Reachability {
    host: String,
    /// Why not, and what to do.
    trouble: Option<(String, &'static str)>,
}

/// The box that waits for a first connection.
struct Waiting {
    server: String,
    since: i64,
    /// Who has connected, and what came of it.
    connected: Option<(String, String)>,
}

/// The answer to the form that made a URL.
pub(super) async fn shown(
    app: &App,
    signed_in: &SignedIn,
    account: &OpenAccount,
    server: &Server,
    token: &Token,
    exposure: &Exposure,
) -> Answer {
    let url = format!("{}/mcp/{}", app.public_url, token.expose());
    let auth = ServerAuth::of_config(&server.config);
    let endpoint = Endpoint::new(&url, &server.name, auth == ServerAuth::ApiToken);
    let mut endpoint = endpoint.map_err(|_| Failure::ours())?;
    if auth == ServerAuth::Oauth {
        endpoint = endpoint.with_sign_in();
    }
    let tabs = clients::all().iter().map(|client| Tab {
        id: &client.id,
        title: &client.title,
        settings: client.settings(&endpoint),
        cloud: client.cloud,
    });
    let now = app.provision.now();
    let summary = format!(
        "This is the only time the URL is shown. {}: {}. {}",
        exposure.reach.words(),
        counted(exposure.tools, "tool", "tools"),
        end_in_words(server.expires_at, now, &signed_in.zone)
    );
    page(&OncePage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        server: server.id.to_string(),
        name: server.name.clone(),
        summary,
        picture: picture(&url),
        tabs: tabs.collect(),
        bridge: clients::bridge().settings(&endpoint),
        reach: reachability(app, &endpoint).await,
        waiting: Waiting {
            server: server.id.to_string(),
            since: now.as_microsecond(),
            connected: None,
        },
        example: account.api.example.as_ref().map(|example| example.question),
        url,
    })
}

/// The answer to the same form again.
pub(super) async fn repeated(app: &App, signed_in: &SignedIn, nonce: &str) -> Answer {
    let done = app.provision.done_once(&signed_in.nonce(nonce)).await?;
    let (server, name) = done.ok_or_else(Failure::ours)?;
    page(&RepeatedPage { chrome: Chrome::of(app, signed_in, Section::Accounts), server, name })
}

/// `GET /mcp-servers/{id}/connection?since=`: the box again.
pub(super) async fn connection(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let held = app.provision.held_server(&server_id(&id)?).await?;
    let since = Form::of_query(query.as_deref()).text("since").parse().unwrap_or_default();
    let server = held.server;
    let (now, zone) = (app.provision.now(), &signed_in.zone);
    let used = server.last_used_at.filter(|at| *at > from_micros(since));
    let person = match (used, ServerAuth::of_config(&server.config)) {
        (Some(_), ServerAuth::Oauth) => {
            admitted::since(&app, &server.id, from_micros(since)).await?
        }
        _ => None,
    };
    let person = person.map(|name| format!("let in by {name}, ")).unwrap_or_default();
    let connected = used.map(|at| {
        let client = server.last_client.map_or_else(
            || "A client".to_owned(),
            |client| format!("{} {}", client.name, client.version.unwrap_or_default()),
        );
        let listed = match server.listed_tools {
            Some(count) => format!("listed {}, ", counted(count, "tool", "tools")),
            None => String::new(),
        };
        (client.trim_end().to_owned(), format!("{person}{listed}{}", when::ago(at, now, zone)))
    });
    let waiting = Waiting { server: server.id.to_string(), since, connected };
    page(&WaitingPart { base: app.base_path().to_owned(), waiting })
}

/// The URL as a picture for a camera, as a data URL.
fn picture(url: &str) -> String {
    let Ok(code) = QrCode::new(url) else { return String::new() };
    let colours = (svg::Color("#000000"), svg::Color("#ffffff"));
    let mut render = code.render();
    let svg = render.min_dimensions(180, 180).dark_color(colours.0).light_color(colours.1).build();
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}

/// Whether the host of our URL is one that the internet knows.
async fn reachability(app: &App, endpoint: &Endpoint) -> Reachability {
    const SET: &str = "Claude and ChatGPT on the web call from their makers' clouds and cannot come in. Clients on this machine or in this network can. To change that, put this program behind an https address that the internet knows, and set public-url to it.";
    let url = url::Url::parse(&app.public_url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
    if let Some(why) = endpoint.unreachable() {
        return Reachability { host, trouble: Some((why.to_owned(), SET)) };
    }
    let port = url.and_then(|url| url.port_or_known_default()).unwrap_or(443);
    let look_up = tokio::net::lookup_host((host.clone(), port));
    let addresses: Vec<IpAddr> = match tokio::time::timeout(LOOK_UP, look_up).await {
        Ok(Ok(addresses)) => addresses.map(|address| address.ip()).collect(),
        _ => Vec::new(),
    };
    let trouble = if addresses.is_empty() {
        Some("its name has no address that this machine can find")
    } else if addresses.iter().any(|address| !is_public(*address)) {
        Some("its name leads to an address of a private network")
    } else {
        None
    };
    Reachability { host, trouble: trouble.map(|why| (why.to_owned(), SET)) }
}
