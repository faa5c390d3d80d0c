//! An account's credentials: the JSON of the admin API as checked types.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use support::security::SecurityScheme;
use support::{Api, Credential, Credentials, Secret};

/// What an account authenticates with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AccountCredentials {
    /// `{"type":"bearer","token",…}` or `{"type":"api_key","token"}`: one secret for every scheme
    /// that takes a token.
    Token {
        /// The token or key.
        token: Secret,
        /// Further tokens by the prefix of their member: `scim` for `scim_token`, which satisfies
        /// the scheme `scimBearer`.
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

/// Credentials that cannot be used: every fault names a member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("credentials{pointer}: {expected}")]
pub struct CredentialFault {
    /// JSON pointer below `credentials`.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
}

/// The APIs that can act for a person, with the headers that name the person (by mail, by id).
const ACTING_USER_HEADERS: &[(&str, &str, &str)] =
    &[("ironclad", "x-as-user-email", "x-as-user-id")];

impl AccountCredentials {
    /// Checks the JSON of the admin API.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn from_json(api: &Api, value: &Value) -> Result<Self, Vec<CredentialFault>> {
        let Some(members) = value.as_object() else {
            return Err(vec![CredentialFault {
                pointer: String::new(),
                expected: "an object".to_owned(),
            }]);
        };
        let kinds = kinds(api);
        let mut reader =
            Reader { members, faults: Vec::new(), known: BTreeSet::from(["type".to_owned()]) };
        let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
        if !kinds.contains(&kind) {
            reader.fault("/type", format!("one of {}", kinds.join(", ")));
            return Err(reader.faults);
        }
        let acts = ACTING_USER_HEADERS.iter().any(|(slug, ..)| *slug == api.slug);
        let credentials = match kind {
            "basic" => Self::Basic {
                username: reader.text("username"),
                password: reader.text("password").into(),
            },
            "oauth2_client_credentials" => {
                let client = reader.client();
                let acting_user = if acts { reader.acting_user() } else { None };
                if acts && acting_user.is_none() {
                    reader.fault(
                        "/as_user_email",
                        "a mail address, or as_user_id: client credentials act for a user",
                    );
                }
                Self::ClientCredentials { client, acting_user }
            }
            "oauth2_authorization_code" => Self::AuthorizationCode { client: reader.client() },
            _ => {
                let token = reader.text("token").into();
                let further = further_tokens(api)
                    .filter_map(|prefix| {
                        Some((prefix.clone(), reader.optional(&format!("{prefix}_token"))?.into()))
                    })
                    .collect();
                let acting_user = if acts { reader.acting_user() } else { None };
                Self::Token { token, further, acting_user, api_key: kind == "api_key" }
            }
        };
        reader.finish().map(|()| credentials)
    }

    /// The JSON that [`from_json`](Self::from_json) reads, secrets included: only ever to be
    /// sealed.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut set = |name: &str, value: &str| _ = members.insert(name.to_owned(), json!(value));
        let mut acting = None;
        let mut scopes = None;
        match self {
            Self::Token { token, further, acting_user, api_key } => {
                set("type", if *api_key { "api_key" } else { "bearer" });
                set("token", token.expose());
                for (prefix, token) in further {
                    set(&format!("{prefix}_token"), token.expose());
                }
                acting = acting_user.as_ref();
            }
            Self::Basic { username, password } => {
                set("type", "basic");
                set("username", username);
                set("password", password.expose());
            }
            Self::ClientCredentials { client, acting_user } => {
                set("type", "oauth2_client_credentials");
                set("client_id", &client.id);
                set("client_secret", client.secret.expose());
                acting = acting_user.as_ref();
                scopes = Some(&client.scopes);
            }
            Self::AuthorizationCode { client } => {
                set("type", "oauth2_authorization_code");
                set("client_id", &client.id);
                set("client_secret", client.secret.expose());
                scopes = Some(&client.scopes);
            }
        }
        match acting {
            Some(ActingUser::Email(mail)) => set("as_user_email", mail),
            Some(ActingUser::Id(id)) => set("as_user_id", id),
            None => {}
        }
        if let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty()) {
            members.insert("scopes".to_owned(), json!(scopes));
        }
        Value::Object(members)
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
            let prefix = named.name.strip_suffix("Bearer").filter(|prefix| !prefix.is_empty());
            let credential = match (self, named.scheme) {
                (Self::Basic { username, password }, SecurityScheme::Basic) => {
                    Some(Credential::Basic {
                        username: username.clone(),
                        password: password.clone(),
                    })
                }
                (_, SecurityScheme::Basic) | (Self::Basic { .. }, _) => None,
                (Self::Token { further, .. }, SecurityScheme::Bearer) if prefix.is_some() => prefix
                    .and_then(|prefix| further.get(prefix))
                    .map(|token| Credential::Token(token.clone())),
                (Self::Token { token, .. }, _) => Some(Credential::Token(token.clone())),
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
        let (_, by_mail, by_id) =
            ACTING_USER_HEADERS.iter().find(|(slug, ..)| *slug == api.slug)?;
        let (name, value) = match user {
            ActingUser::Email(mail) => (by_mail, mail),
            ActingUser::Id(id) => (by_id, id),
        };
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
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

/// The prefixes of bearer schemes that take a token of their own: `scim` for `scimBearer`.
fn further_tokens(api: &Api) -> impl Iterator<Item = String> + '_ {
    api.schemes.iter().filter(|named| named.scheme == SecurityScheme::Bearer).filter_map(|named| {
        named.name.strip_suffix("Bearer").filter(|prefix| !prefix.is_empty()).map(str::to_owned)
    })
}

/// Reads members, remembering which are known and what is wrong.
struct Reader<'a> {
    members: &'a Map<String, Value>,
    faults: Vec<CredentialFault>,
    known: BTreeSet<String>,
}

impl Reader<'_> {
    fn fault(&mut self, pointer: &str, expected: impl Into<String>) {
        self.faults
            .push(CredentialFault { pointer: pointer.to_owned(), expected: expected.into() });
    }

    fn text(&mut self, name: &str) -> String {
        let found = self.optional(name);
        if found.is_none() && self.members.get(name).is_none_or(Value::is_null) {
            self.fault(&format!("/{name}"), TEXT);
        }
        found.unwrap_or_default()
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        self.known.insert(name.to_owned());
        match self.members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if usable(text) => Some(text.clone()),
            Some(_) => {
                self.fault(&format!("/{name}"), TEXT);
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
                self.fault("/scopes", "a list of scope names");
                Vec::new()
            }
        }
    }

    fn acting_user(&mut self) -> Option<ActingUser> {
        let mail = self.optional("as_user_email");
        let id = self.optional("as_user_id");
        match (mail, id) {
            (Some(_), Some(_)) => {
                self.fault("/as_user_id", "absent, because as_user_email is given");
                None
            }
            (Some(mail), None) => Some(ActingUser::Email(mail)),
            (None, Some(id)) => Some(ActingUser::Id(id)),
            (None, None) => None,
        }
    }

    fn finish(mut self) -> Result<(), Vec<CredentialFault>> {
        for name in self.members.keys() {
            if !self.known.contains(name) {
                let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
                self.faults.push(CredentialFault {
                    pointer: format!("/{name}"),
                    expected: format!("absent; known members: {}", known.join(", ")),
                });
            }
        }
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
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
    use support::security::NamedScheme;

    use super::*;

    fn api(slug: &'static str) -> Api {
        const SCHEMES: &[NamedScheme] = &[
            NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
            NamedScheme { name: "scimBearer", scheme: SecurityScheme::Bearer },
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
            slug,
            title: "",
            instructions: "",
            origins: &[],
            schemes: SCHEMES,
            constant_headers: &[],
            synonyms: &[],
            proper_nouns: "",
            tools: &[],
        }
    }

    #[test]
    fn credentials_survive_sealing() {
        for value in [
            json!({"type": "bearer", "token": "t", "scim_token": "s", "as_user_email": "a@b.c"}),
            json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s", "as_user_id": "7", "scopes": ["a", "b"]}),
            json!({"type": "oauth2_authorization_code", "client_id": "i", "client_secret": "s"}),
        ] {
            let read = AccountCredentials::from_json(&api("ironclad"), &value).unwrap();
            assert_eq!(
                AccountCredentials::from_json(&api("ironclad"), &read.to_json()).unwrap().to_json(),
                read.to_json()
            );
            assert_eq!(value.as_object().map(Map::len), read.to_json().as_object().map(Map::len));
        }
    }

    #[test]
    fn every_fault_is_named() {
        let faults = |slug, value: Value| {
            let found = AccountCredentials::from_json(&api(slug), &value).unwrap_err();
            found.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        };
        assert_eq!(faults("torii", json!({"type": "magic"})), ["/type"]);
        assert_eq!(faults("torii", json!({"type": "bearer", "tokn": "x"})), ["/token", "/tokn"]);
        assert_eq!(
            faults("torii", json!({"type": "bearer", "token": "x", "as_user_id": "7"})),
            ["/as_user_id"]
        );
        assert_eq!(faults("torii", json!({"type": "bearer", "token": "a\nb"})), ["/token"]);
        assert_eq!(
            faults(
                "ironclad",
                json!({"type": "oauth2_client_credentials", "client_id": 7, "client_secret": "s"})
            ),
            ["/client_id", "/as_user_email"]
        );
        assert_eq!(faults("ironclad", json!(7)), [""]);
    }

    #[test]
    fn a_secret_is_not_printed() {
        let read = AccountCredentials::from_json(
            &api("torii"),
            &json!({"type": "bearer", "token": "canary", "scim_token": "canary"}),
        )
        .unwrap();
        assert!(!format!("{read:?}").contains("canary"));
    }
}
