//! What is around every page: the ways to the others, and who is signed in.

use super::session::SignedIn;
use crate::app::App;

/// The pages that can be reached from every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Home,
    Accounts,
    Calls,
    Tokens,
    Audit,
    Health,
    /// None of them.
    Elsewhere,
}

impl Section {
    /// Those that have a link.
    const LINKED: [Self; 6] =
        [Self::Home, Self::Accounts, Self::Calls, Self::Tokens, Self::Audit, Self::Health];

    /// What it is called.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Accounts => "Accounts",
            Self::Calls => "Calls",
            Self::Tokens => "API tokens",
            Self::Audit => "Audit log",
            Self::Health => "Health",
            Self::Elsewhere => "",
        }
    }

    /// Where it is, behind the public URL.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Accounts => "/accounts",
            Self::Calls => "/calls",
            Self::Tokens => "/tokens",
            Self::Audit => "/audit",
            Self::Health => "/health",
            Self::Home | Self::Elsewhere => "/",
        }
    }
}

/// What is around a page.
#[derive(Debug, Clone)]
pub(super) struct Chrome {
    /// The path of the public URL, which all links begin with; empty for most.
    pub(super) base: String,
    /// Where the reader is.
    pub(super) section: Section,
    /// What every form carries.
    pub(super) csrf: String,
    /// The name of the token that is signed in.
    pub(super) who: String,
}

impl Chrome {
    pub(super) fn of(app: &App, signed_in: &SignedIn, section: Section) -> Self {
        Self {
            base: app.base_path().to_owned(),
            section,
            csrf: signed_in.csrf.clone(),
            who: signed_in.caller.actor().who.name,
        }
    }

    /// The sections with a link.
    pub(super) const fn sections() -> &'static [Section] {
        &Section::LINKED
    }

    /// The version of the files of pages.
    pub(super) fn version() -> &'static str {
        &super::assets::VERSION
    }
}
