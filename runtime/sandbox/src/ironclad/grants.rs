//! What the OAuth 2.0 server remembers: codes and tokens.

use std::time::Duration;

use jiff::Timestamp;

use crate::options::Options;

/// The server's memory.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) redirect_uris: Vec<String>,
    pub(super) lifetime: Duration,
    /// Every scope that there is, sorted.
    pub(super) scopes: Vec<&'static str>,
    pub(super) consents: bool,
    pub(super) codes: Vec<Code>,
    pub(super) access: Vec<Access>,
    pub(super) refresh: Vec<Refresh>,
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names of OAuth 2.0 (RFC 6749)")]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) redirect_uri: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<(String, String)>,
    pub(super) expires: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) token: String,
    pub(super) user: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) expires: Timestamp,
    pub(super) revoked: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub(super) token: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) spent: bool,
}

/// Who an access token speaks for.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    /// The consenting user; nobody for client credentials.
    pub(super) user: Option<String>,
    pub(super) scopes: Vec<String>,
}

impl Server {
    pub(super) fn new(options: &Options, scopes: Vec<&'static str>) -> Self {
        Self {
            client_id: options.oauth_client_id.clone(),
            client_secret: options.oauth_client_secret.clone(),
            redirect_uris: options.oauth_redirect_uris.clone(),
            lifetime: options.oauth_access_lifetime,
            scopes,
            consents: true,
            codes: Vec::new(),
            access: Vec::new(),
            refresh: Vec::new(),
        }
    }

    /// Who holds an access token, or why it is refused.
    pub(super) fn holder(&self, token: &str, now: Timestamp) -> Result<Holder, &'static str> {
        let Some(access) = self.access.iter().find(|access| access.token == token) else {
            return Err("invalid authentication token");
        };
        if access.revoked {
            Err("token has been revoked")
        } else if access.expires <= now {
            Err("token has expired")
        } else {
            Ok(Holder { user: access.user.clone(), scopes: access.scopes.clone() })
        }
    }

    pub(crate) fn revoke_access(&mut self) {
        for access in &mut self.access {
            access.revoked = true;
        }
    }

    pub(crate) fn revoke_all(&mut self) {
        self.revoke_access();
        for refresh in &mut self.refresh {
            refresh.spent = true;
        }
    }

    pub(crate) fn consent(&mut self, given: bool) {
        self.consents = given;
    }
}
