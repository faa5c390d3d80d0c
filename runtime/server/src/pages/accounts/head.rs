//! What the pages of one account have in common: its name, how it stands, and the ways to the others.

use crate::app::App;
use crate::pages::exposure::number;
use crate::pages::failure::Failure;
use crate::pages::inputs::capital;
use crate::provision::{Account, ServerFilter, Status};

/// The kind of credentials for which a person goes to the vendor.
pub(super) const BROWSER: &str = "oauth2_authorization_code";

/// A page of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Servers,
    Tools,
    Fields,
    Calls,
}

impl Tab {
    pub(super) const ALL: [Self; 5] =
        [Self::Overview, Self::Servers, Self::Tools, Self::Fields, Self::Calls];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Servers => "MCP Servers",
            Self::Tools => "Tools",
            Self::Fields => "Fields",
            Self::Calls => "Calls",
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Servers => "/mcp",
            Self::Tools => "/tools",
            Self::Fields => "/fields",
            Self::Calls => "/calls",
        }
    }
}

/// The head of a page of an account.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) name: String,
    /// What the page is about, in one sentence.
    pub(super) lead: String,
    pub(super) tab: Tab,
}

impl Head {
    pub(super) fn of(account: &Account, tab: Tab, lead: String) -> Self {
        Self { id: account.id.to_string(), name: account.name.clone(), lead, tab }
    }
}

/// How an account stands, in words.
#[derive(Debug)]
pub(super) struct Standing {
    /// The class of its tag.
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    /// What that means, and what to do.
    pub(super) words: String,
}

impl Standing {
    /// How it stands; `answered` is whether the vendor has answered a call.
    pub(super) fn of(app: &App, account: &Account, answered: bool) -> Self {
        // A vendor has let us in where a person signed in.
        let answered = answered || account.credentials_type == BROWSER;
        let title = title(app, account);
        let (class, word, words) = match (&account.attention, account.status) {
            (Some(why), _) => {
                ("bad", "Needs attention", format!("{}. Until that is mended, calls fail.", capital(why)))
            }
            (None, Status::NeedsReauth) => (
                "bad",
                "To be connected",
                format!("{title} has not let us in, or does so no longer: every call fails until a person connects the account again."),
            ),
            (None, Status::Active) if !answered => (
                "",
                "Not called yet",
                format!("The credentials are stored. {title} has not answered a call with them yet: test the connection to see whether they work."),
            ),
            (None, Status::Active) => ("good", "Connected", format!("{title} is called with the credentials below.")),
            (None, Status::Sandbox) if app.provision.has_sandbox() => (
                "",
                "Sandbox",
                "This account is built in and has made-up data. Nothing reaches the vendor.".to_owned(),
            ),
            (None, Status::Sandbox) => {
                ("bad", "Sandbox is off", "This account belongs to the built-in sandbox, which is switched off: every call fails.".to_owned())
            }
        };
        Self { class, word, words }
    }
}

/// What the API of an account is called.
pub(super) fn title<'a>(app: &App, account: &'a Account) -> &'a str {
    app.provision.api(&account.integration).map_or(account.integration.as_str(), |api| api.title)
}

/// How many MCP servers lead into an account of `title`, as a sentence.
pub(super) fn lead(count: u64, title: &str) -> String {
    let leads = match count {
        0 => "No MCP server leads".to_owned(),
        1 => "1 MCP server leads".to_owned(),
        _ => format!("{} MCP servers lead", number(count)),
    };
    format!("{leads} into this {title} account.")
}

/// How many MCP servers reach an account.
pub(super) async fn servers(app: &App, account: &Account) -> Result<u64, Failure> {
    let filter = ServerFilter { account: Some(account.id.to_string()), ..ServerFilter::default() };
    Ok(app.provision.count_held_servers(&filter).await?)
}
