//! What an account authenticates with, by the kinds of credentials that its API takes.

mod stored;

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use support::security::SecurityScheme;
use support::{Api, Credential, Credentials, Secret};

pub use stored::StoredError;
pub use support::oauth::OAuthClient;

/// What an account authenticates with. [`kinds`] says which of these an API takes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountCredentials {
    /// One secret for every scheme that takes a token.
    Token {
        /// The token or key.
        token: Secret,
        /// The API's further tokens ([`Api::further_tokens`]), by member.
        further: BTreeMap<String, Secret>,
        /// On whose behalf calls are made, where the API knows that.
        acting_user: Option<ActingUser>,
        /// Whether it is called an `api_key`, not a `bearer` token.
        api_key: bool,
    },
    /// A user's name and password (RFC 7617).
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// An OAuth client that asks for its own tokens (RFC 6749 section 4.4).
    ClientCredentials {
        /// The registered client.
        client: OAuthClient,
        /// On whose behalf calls are made.
        acting_user: Option<ActingUser>,
    },
    /// An OAuth client for which a person connects the account in a browser (RFC 6749 section 4.1).
    AuthorizationCode {
        /// The registered client.
        client: OAuthClient,
    },
}

/// The person on whose behalf a machine calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActingUser {
    /// By e-mail address.
    Email(String),
    /// By the API's identifier.
    Id(String),
}

impl AccountCredentials {
    /// A bearer token and nothing else.
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self::Token {
            token: token.into(),
            further: BTreeMap::new(),
            acting_user: None,
            api_key: false,
        }
    }

    /// The name of this kind, one of [`kinds`].
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token { api_key: true, .. } => "api_key",
            Self::Token { api_key: false, .. } => "bearer",
            Self::Basic { .. } => "basic",
            Self::ClientCredentials { .. } => "oauth2_client_credentials",
            Self::AuthorizationCode { .. } => "oauth2_authorization_code",
        }
    }

    /// Credentials of the same kind and for the same user, in which `stand_in` is every secret.
    pub(crate) fn masked(&self, stand_in: &str) -> Self {
        let mut masked = self.clone();
        match &mut masked {
            Self::Token { token, further, .. } => {
                *token = stand_in.into();
                for further in further.values_mut() {
                    *further = stand_in.into();
                }
            }
            Self::Basic { username, password } => {
                stand_in.clone_into(username);
                *password = stand_in.into();
            }
            // Their secret never goes with a call.
            Self::ClientCredentials { .. } | Self::AuthorizationCode { .. } => {}
        }
        masked
    }

    /// The OAuth client, for the two OAuth kinds.
    #[must_use]
    pub fn oauth_client(&self) -> Option<&OAuthClient> {
        match self {
            Self::ClientCredentials { client, .. } | Self::AuthorizationCode { client } => {
                Some(client)
            }
            Self::Token { .. } | Self::Basic { .. } => None,
        }
    }

    /// The credentials by scheme name; `token` is the OAuth access token in hand.
    pub(crate) fn by_scheme(&self, api: &Api, token: Option<&Secret>) -> Credentials {
        let mut found = Credentials::default();
        for named in api.schemes {
            let own_token = api.further_tokens.iter().find(|token| token.scheme == named.name);
            let credential = match (self, named.scheme) {
                (Self::Basic { username, password }, SecurityScheme::Basic) => {
                    Some(Credential::Basic {
                        username: username.clone(),
                        password: password.clone(),
                    })
                }
                (_, SecurityScheme::Basic) | (Self::Basic { .. }, _) => None,
                (Self::Token { token, further, .. }, _) => own_token
                    .map_or(Some(token), |own| further.get(own.member))
                    .map(|token| Credential::Token(token.clone())),
                (
                    Self::ClientCredentials { .. } | Self::AuthorizationCode { .. },
                    SecurityScheme::Bearer | SecurityScheme::OAuth2 { .. },
                ) => token.map(|token| Credential::Token(token.clone())),
                _ => None,
            };
            if let Some(credential) = credential {
                found = found.with(named.name, credential);
            }
        }
        found
    }

    /// The header that names the acting user.
    pub(crate) fn acting_user_header(&self, api: &Api) -> Option<(HeaderName, HeaderValue)> {
        let (Self::Token { acting_user: Some(user), .. }
        | Self::ClientCredentials { acting_user: Some(user), .. }) = self
        else {
            return None;
        };
        let headers = api.acting_user?;
        let (name, value) = match user {
            ActingUser::Email(mail) => (headers.email?, mail),
            ActingUser::Id(id) => (headers.id?, id),
        };
        Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value).ok()?))
    }
}

/// The kinds of credentials that an API's security schemes admit, by name.
#[must_use]
pub fn kinds(api: &Api) -> Vec<&'static str> {
    let mut found = Vec::new();
    for named in api.schemes {
        let of_scheme: &[&str] = match named.scheme {
            SecurityScheme::Bearer | SecurityScheme::OpenIdConnect(_) | SecurityScheme::Http(_) => {
                &["bearer"]
            }
            SecurityScheme::Basic => &["basic"],
            SecurityScheme::ApiKeyHeader(_)
            | SecurityScheme::ApiKeyQuery(_)
            | SecurityScheme::ApiKeyCookie(_) => &["api_key"],
            SecurityScheme::OAuth2 { authorization_url, token_url, .. } => {
                match (authorization_url, token_url) {
                    (Some(_), Some(_)) => {
                        &["bearer", "oauth2_client_credentials", "oauth2_authorization_code"]
                    }
                    (None, Some(_)) => &["bearer", "oauth2_client_credentials"],
                    _ => &["bearer"],
                }
            }
        };
        for kind in of_scheme {
            if !found.contains(kind) {
                found.push(kind);
            }
        }
    }
    if found.is_empty() { vec!["bearer"] } else { found }
}

#[cfg(test)]
mod tests {
    use support::api::{ActingUserHeaders, FurtherToken};
    use support::security::NamedScheme;
    use support::{OperationInfo, Request};

    use super::*;

    /// An API with a further token and without acting users.
    fn acme() -> Api {
        const SCHEMES: &[NamedScheme] = &[
            NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
            NamedScheme { name: "people", scheme: SecurityScheme::Bearer },
        ];
        Api {
            slug: "acme",
            schemes: SCHEMES,
            further_tokens: &[FurtherToken { member: "people_token", scheme: "people" }],
            ..Api::EMPTY
        }
    }

    fn token(acting_user: Option<ActingUser>, further: &[(&str, &str)]) -> AccountCredentials {
        let further = further.iter().map(|(member, token)| ((*member).to_owned(), (*token).into()));
        AccountCredentials::Token {
            token: "t".into(),
            further: further.collect(),
            acting_user,
            api_key: false,
        }
    }

    #[test]
    fn an_acting_user_is_named_as_the_api_takes_it() {
        let acting =
            |email, id| Api { acting_user: Some(ActingUserHeaders { email, id }), ..acme() };
        let header = |api: &Api, user: ActingUser| {
            let (name, value) = token(Some(user), &[]).acting_user_header(api)?;
            Some(format!("{name}: {}", value.to_str().unwrap()))
        };
        let (mail, id) = (ActingUser::Email("7".to_owned()), ActingUser::Id("7".to_owned()));
        let both = acting(Some("x-as-email"), Some("x-as-id"));
        assert_eq!(header(&both, mail).as_deref(), Some("x-as-email: 7"));
        assert_eq!(header(&both, id.clone()).as_deref(), Some("x-as-id: 7"));
        assert_eq!(header(&acting(Some("x-mail"), None), id.clone()), None);
        assert_eq!(header(&acme(), id), None);
    }

    #[test]
    fn a_scheme_with_a_token_of_its_own_takes_no_other() {
        static THINGS: OperationInfo = OperationInfo { security: &[&["bearer"]], ..PEOPLE };
        const PEOPLE: OperationInfo = OperationInfo {
            id: "people",
            method: http::Method::GET,
            path: "/people",
            segments: &[],
            origin: None,
            accept: "",
            security: &[&["people"]],
        };
        static OF_PEOPLE: OperationInfo = PEOPLE;
        let sent = |operation: &'static OperationInfo, credentials: &AccountCredentials| {
            let mut request = Request::builder(operation).build().unwrap();
            credentials.by_scheme(&acme(), None).apply(acme().schemes, &mut request).ok()?;
            Some(request.headers["authorization"].to_str().unwrap().to_owned())
        };
        let (one, two) = (token(None, &[]), token(None, &[("people_token", "p")]));
        assert_eq!(sent(&THINGS, &one).as_deref(), Some("Bearer t"));
        assert_eq!(sent(&OF_PEOPLE, &one), None);
        assert_eq!(sent(&THINGS, &two).as_deref(), Some("Bearer t"));
        assert_eq!(sent(&OF_PEOPLE, &two).as_deref(), Some("Bearer p"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let mut credentials = token(None, &[("people_token", "canary")]);
        assert!(!format!("{credentials:?}").contains("canary"));
        credentials = AccountCredentials::bearer("canary");
        assert!(!format!("{credentials:?}").contains("canary"));
    }
}
