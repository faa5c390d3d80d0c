//! Who may use a server's URL: the member `auth` of its config, and the older flag that says a part
//! of it.

use serde_json::Value;

use crate::fields::{Fields, Patch};

/// What a server asks for beside its URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerAuth {
    /// Nothing.
    #[default]
    Url,
    /// An API token with every request.
    ApiToken,
    /// An access token, which a client has when a person let it in (OAuth).
    Oauth,
}

impl ServerAuth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Url, Self::ApiToken, Self::Oauth];

    /// The word of the config.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::ApiToken => "api_token",
            Self::Oauth => "oauth",
        }
    }

    /// What a config that was accepted asks for.
    #[must_use]
    pub fn of_config(config: &Value) -> Self {
        let word = config["auth"].as_str();
        word.and_then(Self::parse).unwrap_or(if config[FLAG] == true {
            Self::ApiToken
        } else {
            Self::Url
        })
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|auth| word.eq_ignore_ascii_case(auth.as_str()))
    }

    /// Reads both members; they must not contradict each other.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let flag = fields.flag_if_given(FLAG);
        let auth = match fields.text_if_given("auth") {
            Patch::Absent => None,
            Patch::Some(word) => Self::parse(&word).or_else(|| {
                fields.violation("auth", "must be url, api_token or oauth");
                // Whatever was meant, not less than this.
                Some(Self::ApiToken)
            }),
            Patch::Null => {
                fields.violation("auth", "must be url, api_token or oauth");
                None
            }
        };
        match (auth, flag) {
            (Some(auth), Some(flag)) if flag != (auth == Self::ApiToken) => {
                let expected = format!(
                    "contradicts {FLAG}: {flag}, which means {}; give one of them",
                    if flag { "api_token" } else { "url or oauth" }
                );
                fields.violation("auth", expected);
                auth
            }
            (Some(auth), _) => auth,
            (None, Some(true)) => Self::ApiToken,
            (None, _) => Self::Url,
        }
    }
}

/// The member that says the same of API tokens alone.
const FLAG: &str = "require_api_token_auth";
