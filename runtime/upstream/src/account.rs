//! An account's credentials: the JSON of the admin API as checked types.

mod stored;

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use support::api::FurtherToken;
use support::security::SecurityScheme;
use support::{Api, Credential, Credentials, Secret};

pub use stored::StoredError;

/// What an account authenticates with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountCredentials {
    /// `{"type":"bearer","token",…}` or `{"type":"api_key","token"}`: one secret for every scheme
    /// that takes a token.
    Token {
        /// The token or key.
        token: Secret,
        /// The API's further tokens ([`Api::further_tokens`]), by member.
        further: BTreeMap<String, Secret>,
        /// On whose behalf calls are made, where the API knows that.
        acting_user: Option<ActingUser>,
        /// Whether the JSON said `api_key`.
        api_key: bool,
    },
    /// `{"type":"basic","username","password"}`.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// `{"type":"oauth2_client_credentials",…}` (RFC 6749 section 4.4).
    ClientCredentials {
        /// The registered client.
        client: OAuthClient,
        /// On whose behalf calls are made.
        acting_user: Option<ActingUser>,
    },
    /// `{"type":"oauth2_authorization_code",…}` (RFC 6749 section 4.1): a person connects the
    /// account in a browser.
    AuthorizationCode {
        /// The registered client.
        client: OAuthClient,
    },
}

/// A registered OAuth client.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: Secret,
    /// Scopes to ask for; empty for the API's default.
    pub scopes: Vec<String>,
}

/// The person on whose behalf a machine calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActingUser {
    /// By e-mail address.
    Email(String),
    /// By the API's identifier.
    Id(String),
}

/// Credentials that cannot be used: every violation names a member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credentials{pointer}: {expected}")]
pub struct CredentialViolation {
    /// JSON pointer below `credentials`.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
}

impl AccountCredentials {
    /// Checks the JSON of the admin API.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn from_json(api: &Api, value: &Value) -> Result<Self, Vec<CredentialViolation>> {
        let Some(members) = value.as_object() else {
            return Err(vec![CredentialViolation {
                pointer: String::new(),
                expected: "an object".to_owned(),
            }]);
        };
        let kinds = kinds(api);
        let mut reader =
            Reader { members, violations: Vec::new(), known: BTreeSet::from(["type".to_owned()]) };
        let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
        if !kinds.contains(&kind) {
            reader.violation("/type", format!("one of {}", kinds.join(", ")));
            return Err(reader.violations);
        }
        let credentials = match kind {
            "basic" => Self::Basic {
                username: reader.text("username"),
                password: reader.text("password").into(),
            },
            "oauth2_client_credentials" => {
                let client = reader.client();
                let acting_user = reader.acting_user(api);
                if acting_user.is_none() {
                    reader.missing_user(api);
                }
                Self::ClientCredentials { client, acting_user }
            }
            "oauth2_authorization_code" => Self::AuthorizationCode { client: reader.client() },
            _ => {
                let token = reader.text("token").into();
                let further = api
                    .further_tokens
                    .iter()
                    .filter_map(|FurtherToken { member, .. }| {
                        Some(((*member).to_owned(), reader.optional(member)?.into()))
                    })
                    .collect();
                let acting_user = reader.acting_user(api);
                Self::Token { token, further, acting_user, api_key: kind == "api_key" }
            }
        };
        reader.finish().map(|()| credentials)
    }

    /// The `type` by which the admin API names this kind.
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

/// The `type`s that an API's security schemes admit.
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

/// Reads members, remembering which are known and what is wrong.
struct Reader<'a> {
    members: &'a Map<String, Value>,
    violations: Vec<CredentialViolation>,
    known: BTreeSet<String>,
}

impl Reader<'_> {
    fn violation(&mut self, pointer: &str, expected: impl Into<String>) {
        self.violations
            .push(CredentialViolation { pointer: pointer.to_owned(), expected: expected.into() });
    }

    fn text(&mut self, name: &str) -> String {
        let found = self.optional(name);
        if found.is_none() && self.members.get(name).is_none_or(Value::is_null) {
            self.violation(&format!("/{name}"), TEXT);
        }
        found.unwrap_or_default()
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        self.known.insert(name.to_owned());
        match self.members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if usable(text) => Some(text.clone()),
            Some(_) => {
                self.violation(&format!("/{name}"), TEXT);
                None
            }
        }
    }

    fn client(&mut self) -> OAuthClient {
        OAuthClient {
            id: self.text("client_id"),
            secret: self.text("client_secret").into(),
            scopes: self.scopes(),
        }
    }

    /// A list of texts, or one text with spaces, as RFC 6749 section 3.3 writes it.
    fn scopes(&mut self) -> Vec<String> {
        self.known.insert("scopes".to_owned());
        let texts: Option<Vec<String>> = match self.members.get("scopes") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::String(text)) => {
                Some(text.split_ascii_whitespace().map(str::to_owned).collect())
            }
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        match texts {
            Some(texts) if texts.iter().all(|text| usable(text) && !text.contains(' ')) => texts,
            _ => {
                self.violation("/scopes", "a list of scope names");
                Vec::new()
            }
        }
    }

    /// The acting user, in the ways in which the API has one named.
    fn acting_user(&mut self, api: &Api) -> Option<ActingUser> {
        let headers = api.acting_user?;
        let mail = headers.email.and_then(|_| self.optional("as_user_email"));
        let id = headers.id.and_then(|_| self.optional("as_user_id"));
        match (mail, id) {
            (Some(_), Some(_)) => {
                self.violation("/as_user_id", "absent, because as_user_email is given");
                None
            }
            (Some(mail), None) => Some(ActingUser::Email(mail)),
            (None, Some(id)) => Some(ActingUser::Id(id)),
            (None, None) => None,
        }
    }

    /// Client credentials of an API with acting users that name none.
    fn missing_user(&mut self, api: &Api) {
        let Some(headers) = api.acting_user else { return };
        let (pointer, expected) = match (headers.email, headers.id) {
            (Some(_), Some(_)) => ("/as_user_email", "a mail address, or as_user_id"),
            (Some(_), None) => ("/as_user_email", "a mail address"),
            (None, _) => ("/as_user_id", "the id of a user"),
        };
        self.violation(pointer, format!("{expected}: client credentials act for a user"));
    }

    fn finish(mut self) -> Result<(), Vec<CredentialViolation>> {
        for name in self.members.keys() {
            if !self.known.contains(name) {
                let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
                self.violations.push(CredentialViolation {
                    pointer: format!("/{name}"),
                    expected: format!("absent; known members: {}", known.join(", ")),
                });
            }
        }
        if self.violations.is_empty() { Ok(()) } else { Err(self.violations) }
    }
}

/// What every secret and name must be.
const TEXT: &str = "a non-empty text without control characters";

/// Fit for a header and a form, and not a slip of the clipboard.
fn usable(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 16 * 1024 && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use support::api::ActingUserHeaders;
    use support::security::NamedScheme;
    use support::{OperationInfo, Request};

    use super::*;

    /// An API with a further token and without acting users.
    fn acme() -> Api {
        const SCHEMES: &[NamedScheme] = &[
            NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
            NamedScheme { name: "people", scheme: SecurityScheme::Bearer },
            NamedScheme {
                name: "oauth2",
                scheme: SecurityScheme::OAuth2 {
                    authorization_url: Some("https://a/x"),
                    token_url: Some("https://a/y"),
                    scopes: &[],
                },
            },
        ];
        Api {
            slug: "acme",
            schemes: SCHEMES,
            further_tokens: &[FurtherToken { member: "people_token", scheme: "people" }],
            ..Api::EMPTY
        }
    }

    /// The same, but it lets accounts act for a person.
    fn acting(email: Option<&'static str>, id: Option<&'static str>) -> Api {
        Api { acting_user: Some(ActingUserHeaders { email, id }), ..acme() }
    }

    fn acting_both() -> Api {
        acting(Some("x-as-email"), Some("x-as-id"))
    }

    #[test]
    fn every_fault_is_named() {
        let violations = |api: Api, value: Value| {
            let found = AccountCredentials::from_json(&api, &value).unwrap_err();
            found.into_iter().map(|violation| violation.pointer).collect::<Vec<_>>()
        };
        assert_eq!(violations(acme(), json!({"type": "magic"})), ["/type"]);
        assert_eq!(violations(acme(), json!({"type": "bearer", "tokn": "x"})), ["/token", "/tokn"]);
        assert_eq!(
            violations(acme(), json!({"type": "bearer", "token": "x", "as_user_id": "7"})),
            ["/as_user_id"]
        );
        assert_eq!(violations(acme(), json!({"type": "bearer", "token": "a\nb"})), ["/token"]);
        assert_eq!(
            violations(
                acting_both(),
                json!({"type": "oauth2_client_credentials", "client_id": 7, "client_secret": "s"})
            ),
            ["/client_id", "/as_user_email"]
        );
        assert_eq!(violations(acting_both(), json!(7)), [""]);
    }

    #[test]
    fn an_acting_user_is_named_as_the_api_takes_it() {
        let client =
            json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s"});
        let by_mail = acting(Some("x-mail"), None);
        let violations = AccountCredentials::from_json(&by_mail, &client).unwrap_err();
        assert_eq!(
            violations[0].to_string(),
            "credentials/as_user_email: a mail address: client credentials act for a user"
        );
        let by_id = acting(None, Some("x-id"));
        assert_eq!(
            AccountCredentials::from_json(&by_id, &client).unwrap_err()[0].pointer,
            "/as_user_id"
        );
        assert!(AccountCredentials::from_json(&acme(), &client).is_ok());

        let bearer = |member: &str| json!({"type": "bearer", "token": "t", member: "7"});
        let header = |api: &Api, member: &str| {
            let read = AccountCredentials::from_json(api, &bearer(member)).ok()?;
            let (name, value) = read.acting_user_header(api)?;
            Some(format!("{name}: {}", value.to_str().unwrap()))
        };
        assert_eq!(header(&acting_both(), "as_user_email").as_deref(), Some("x-as-email: 7"));
        assert_eq!(header(&acting_both(), "as_user_id").as_deref(), Some("x-as-id: 7"));
        assert_eq!(header(&by_mail, "as_user_id"), None);
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
        let sent = |operation: &'static OperationInfo, value: Value| {
            let read = AccountCredentials::from_json(&acme(), &value).unwrap();
            let mut request = Request::new(operation);
            read.by_scheme(&acme(), None).apply(acme().schemes, &mut request).ok()?;
            Some(request.headers["authorization"].to_str().unwrap().to_owned())
        };
        let one = json!({"type": "bearer", "token": "t"});
        let two = json!({"type": "bearer", "token": "t", "people_token": "p"});
        assert_eq!(sent(&THINGS, one.clone()).as_deref(), Some("Bearer t"));
        assert_eq!(sent(&OF_PEOPLE, one), None);
        assert_eq!(sent(&THINGS, two.clone()).as_deref(), Some("Bearer t"));
        assert_eq!(sent(&OF_PEOPLE, two).as_deref(), Some("Bearer p"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let read = AccountCredentials::from_json(
            &acme(),
            &json!({"type": "bearer", "token": "canary", "people_token": "canary"}),
        )
        .unwrap();
        assert!(!format!("{read:?}").contains("canary"));
    }
}
