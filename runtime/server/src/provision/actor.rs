//! Who provides: the API token, or the program itself, that makes and changes things.

use std::net::IpAddr;

use super::ApiTokenId;

/// Who does something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who it is.
    pub who: Creator,
    /// The address that it was asked from; `None` on this machine.
    pub address: Option<IpAddr>,
    /// What the form was sent with, where it was one that must not be sent twice.
    pub nonce: Option<String>,
}

/// Who made something, by the name it had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// The API token's id; `None` for the token of the settings, and for the program itself.
    pub id: Option<String>,
    /// The token's name, or what stands for one.
    pub name: String,
}

impl Actor {
    /// The API token of this id and name.
    #[must_use]
    pub fn token(id: &ApiTokenId, name: &str) -> Self {
        Self {
            who: Creator { id: Some(id.to_string()), name: name.to_owned() },
            address: None,
            nonce: None,
        }
    }

    /// The token of the settings.
    #[must_use]
    pub fn configured() -> Self {
        Self::called("configured admin token")
    }

    /// Whoever may start this program on the machine of the database.
    #[must_use]
    pub fn command_line() -> Self {
        Self::called("command line")
    }

    /// This program, on a first start.
    #[must_use]
    pub fn first_start() -> Self {
        Self::called("first start")
    }

    /// Somebody whom nobody knows.
    #[must_use]
    pub fn nobody() -> Self {
        Self::called("somebody")
    }

    /// Somebody who began something before it was noted who did.
    #[must_use]
    pub fn unknown() -> Self {
        Self::called("unknown")
    }

    /// Whoever began something, on a way of their own since.
    #[must_use]
    pub fn of(who: Creator) -> Self {
        Self { who, address: None, nonce: None }
    }

    fn called(name: &str) -> Self {
        Self { who: Creator { id: None, name: name.to_owned() }, address: None, nonce: None }
    }

    /// The same, by a form that does what it does once: [`ProvisionError::Repeated`] when it is sent
    /// again.
    ///
    /// [`ProvisionError::Repeated`]: super::ProvisionError::Repeated
    #[must_use]
    pub fn once(self, nonce: String) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// The same, asked from `address`.
    #[must_use]
    pub fn from(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }
}

impl Creator {
    /// Whom a row names; `None` in rows from before they named anybody.
    pub(super) fn of(id: Option<String>, name: Option<String>) -> Option<Self> {
        Some(Self { id, name: name? })
    }
}
