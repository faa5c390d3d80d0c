//! Credentials as they are stored: a format with a version that belongs to this program, read back
//! whatever the API's document has become since.
//!
//! Version 0 is the JSON of the admin API without a `version`, as it was sealed at first. It is read
//! for good.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use support::security::ExposeSecret;
use support::{Api, Secret};

use super::{AccountCredentials, ActingUser, OAuthClient, kinds};

/// The version that is written.
const VERSION: u64 = 1;

/// Stored credentials or tokens that cannot be read. Neither says anything of what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoredError {
    /// Written by a later release.
    #[error(
        "the stored credentials have version {found}; this release reads versions up to {newest}: \
         run the release that wrote them, or a later one"
    )]
    UnknownVersion {
        /// The version that was found.
        found: u64,
        /// The newest one that can be read.
        newest: u64,
    },
    /// Not what any release writes.
    #[error("the stored credentials cannot be read")]
    Unreadable,
}

/// Version 1.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Stored {
    Token {
        token: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        further: BTreeMap<String, String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        acting_user: Option<StoredUser>,
        is_api_key: bool,
    },
    Basic {
        username: String,
        password: String,
    },
    ClientCredentials {
        client: StoredClient,
        #[serde(skip_serializing_if = "Option::is_none")]
        acting_user: Option<StoredUser>,
    },
    AuthorizationCode {
        client: StoredClient,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredClient {
    id: String,
    secret: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredUser {
    Email(String),
    Id(String),
}

impl AccountCredentials {
    /// What [`from_stored`](Self::from_stored) reads, secrets included: only ever to be sealed.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let value = serde_json::to_value(Stored::from(self));
        let mut members = Map::from_iter([("version".to_owned(), json!(VERSION))]);
        match value {
            Ok(Value::Object(stored)) => members.extend(stored),
            _ => unreachable!("texts, lists and maps by text are always an object in JSON"),
        }
        Value::Object(members).to_string()
    }

    /// Reads stored credentials, of every version up to this release's. They are not judged by the
    /// API's document: [`misfit`](Self::misfit) says whether they still fit it.
    ///
    /// # Errors
    /// [`StoredError`].
    pub fn from_stored(json: &[u8]) -> Result<Self, StoredError> {
        let Ok(Value::Object(members)) = serde_json::from_slice(json) else {
            return Err(StoredError::Unreadable);
        };
        match members.get("version").map(Value::as_u64) {
            None => unversioned(&members),
            Some(Some(VERSION)) => serde_json::from_value(Value::Object(members))
                .map(|stored: Stored| stored.into())
                .map_err(|_| StoredError::Unreadable),
            Some(Some(found)) => Err(StoredError::UnknownVersion { found, newest: VERSION }),
            Some(None) => Err(StoredError::Unreadable),
        }
    }

    /// Why these credentials do not, or not wholly, fit an API as its document is now; `None` when
    /// they do. What the API has no use for any more is kept, and not sent.
    #[must_use]
    pub fn misfit(&self, api: &Api) -> Option<String> {
        let (kind, known) = (self.kind(), kinds(api));
        if !known.contains(&kind) {
            let known = known.join(", ");
            return Some(format!(
                "{} takes no credentials of type {kind} (but {known})",
                api.title
            ));
        }
        let lost: Vec<&str> = match self {
            Self::Token { further, .. } => further
                .keys()
                .map(String::as_str)
                .filter(|member| api.further_tokens.iter().all(|known| known.member != *member))
                .collect(),
            _ => Vec::new(),
        };
        if !lost.is_empty() {
            return Some(format!("{} has no use any more for {}", api.title, lost.join(", ")));
        }
        let nobody = matches!(self, Self::ClientCredentials { acting_user: None, .. });
        (nobody && api.acting_user.is_some()).then(|| {
            format!("{} wants client credentials to name the user they act for", api.title)
        })
    }
}

impl From<&AccountCredentials> for Stored {
    fn from(credentials: &AccountCredentials) -> Self {
        let text = |secret: &Secret| secret.expose_secret().to_owned();
        let client = |client: &OAuthClient| StoredClient {
            id: client.id.clone(),
            secret: text(&client.secret),
            scopes: client.scopes.clone(),
        };
        let user = |user: &Option<ActingUser>| {
            user.as_ref().map(|user| match user {
                ActingUser::Email(mail) => StoredUser::Email(mail.clone()),
                ActingUser::Id(id) => StoredUser::Id(id.clone()),
            })
        };
        match credentials {
            AccountCredentials::Token { token, further, acting_user, api_key } => Self::Token {
                token: text(token),
                further: further
                    .iter()
                    .map(|(member, token)| (member.clone(), text(token)))
                    .collect(),
                acting_user: user(acting_user),
                is_api_key: *api_key,
            },
            AccountCredentials::Basic { username, password } => {
                Self::Basic { username: username.clone(), password: text(password) }
            }
            AccountCredentials::ClientCredentials { client: of, acting_user } => {
                Self::ClientCredentials { client: client(of), acting_user: user(acting_user) }
            }
            AccountCredentials::AuthorizationCode { client: of } => {
                Self::AuthorizationCode { client: client(of) }
            }
        }
    }
}

impl From<Stored> for AccountCredentials {
    fn from(stored: Stored) -> Self {
        let client = |client: StoredClient| OAuthClient {
            id: client.id,
            secret: client.secret.into(),
            scopes: client.scopes,
        };
        let user = |user: StoredUser| match user {
            StoredUser::Email(mail) => ActingUser::Email(mail),
            StoredUser::Id(id) => ActingUser::Id(id),
        };
        match stored {
            Stored::Token { token, further, acting_user, is_api_key } => Self::Token {
                token: token.into(),
                further: further
                    .into_iter()
                    .map(|(member, token)| (member, token.into()))
                    .collect(),
                acting_user: acting_user.map(user),
                api_key: is_api_key,
            },
            Stored::Basic { username, password } => {
                Self::Basic { username, password: password.into() }
            }
            Stored::ClientCredentials { client: of, acting_user } => {
                Self::ClientCredentials { client: client(of), acting_user: acting_user.map(user) }
            }
            Stored::AuthorizationCode { client: of } => {
                Self::AuthorizationCode { client: client(of) }
            }
        }
    }
}

/// Version 0: what the admin API took, after it was checked against the document of that time. A
/// text that is no member of every API was a further token.
fn unversioned(members: &Map<String, Value>) -> Result<AccountCredentials, StoredError> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let wanted = |name: &str| text(name).map(str::to_owned).ok_or(StoredError::Unreadable);
    let acting_user = || {
        let mail = text("as_user_email").map(|mail| ActingUser::Email(mail.to_owned()));
        mail.or_else(|| text("as_user_id").map(|id| ActingUser::Id(id.to_owned())))
    };
    let client = || {
        let scopes = members.get("scopes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Ok(OAuthClient {
            id: wanted("client_id")?,
            secret: wanted("client_secret")?.into(),
            scopes: scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    };
    match text("type") {
        Some(kind @ ("bearer" | "api_key")) => {
            let own = ["type", "token", "as_user_email", "as_user_id"];
            let further = members.iter().filter(|(name, _)| !own.contains(&name.as_str()));
            Ok(AccountCredentials::Token {
                token: wanted("token")?.into(),
                further: further
                    .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())))
                    .collect(),
                acting_user: acting_user(),
                api_key: kind == "api_key",
            })
        }
        Some("basic") => Ok(AccountCredentials::Basic {
            username: wanted("username")?,
            password: wanted("password")?.into(),
        }),
        Some("oauth2_client_credentials") => Ok(AccountCredentials::ClientCredentials {
            client: client()?,
            acting_user: acting_user(),
        }),
        Some("oauth2_authorization_code") => {
            Ok(AccountCredentials::AuthorizationCode { client: client()? })
        }
        _ => Err(StoredError::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use support::api::{ActingUserHeaders, FurtherToken};
    use support::security::{NamedScheme, SecurityScheme};

    use super::*;

    const SCHEMES: &[NamedScheme] = &[
        NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "people", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyHeader("x-key") },
        NamedScheme { name: "user", scheme: SecurityScheme::Basic },
        NamedScheme {
            name: "oauth2",
            scheme: SecurityScheme::OAuth2 {
                authorization_url: Some("/authorize"),
                token_url: Some("/token"),
                scopes: &[],
            },
        },
    ];
    const ACME: Api = Api {
        title: "Acme",
        schemes: SCHEMES,
        acting_user: Some(ActingUserHeaders { email: Some("x-mail"), id: Some("x-id") }),
        further_tokens: &[FurtherToken { member: "people_token", scheme: "people" }],
        ..Api::EMPTY
    };

    /// What releases before versions sealed, and what it is in version 1.
    fn pairs() -> [(Value, Value); 6] {
        let client = json!({"id": "i", "secret": "s"});
        [
            (
                json!({"type": "bearer", "token": "t", "people_token": "p", "as_user_email": "a@b.c"}),
                json!({"version": 1, "kind": "token", "token": "t", "further": {"people_token": "p"}, "acting_user": {"email": "a@b.c"}, "is_api_key": false}),
            ),
            (
                json!({"type": "api_key", "token": "t"}),
                json!({"version": 1, "kind": "token", "token": "t", "is_api_key": true}),
            ),
            (
                json!({"type": "basic", "username": "u", "password": "p"}),
                json!({"version": 1, "kind": "basic", "username": "u", "password": "p"}),
            ),
            (
                json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s", "as_user_id": "7", "scopes": ["a", "b"]}),
                json!({"version": 1, "kind": "client_credentials", "client": {"id": "i", "secret": "s", "scopes": ["a", "b"]}, "acting_user": {"id": "7"}}),
            ),
            (
                json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s"}),
                json!({"version": 1, "kind": "client_credentials", "client": client}),
            ),
            (
                json!({"type": "oauth2_authorization_code", "client_id": "i", "client_secret": "s"}),
                json!({"version": 1, "kind": "authorization_code", "client": client}),
            ),
        ]
    }

    fn read(stored: &Value) -> Result<AccountCredentials, StoredError> {
        AccountCredentials::from_stored(stored.to_string().as_bytes())
    }

    #[test]
    fn what_was_sealed_without_a_version_is_read_for_good() {
        for (old, new) in pairs() {
            let credentials = read(&old).unwrap();
            let stored: Value = serde_json::from_str(&credentials.to_stored()).unwrap();
            assert_eq!(stored, new);
            assert_eq!(credentials.kind(), old["type"]);
            assert_eq!(read(&new).unwrap().to_stored(), credentials.to_stored());
        }
    }

    #[test]
    fn a_changed_document_loses_nothing_and_is_told() {
        let two = json!({"type": "bearer", "token": "t", "people_token": "p", "as_user_id": "7"});
        let two = read(&two).unwrap();
        let client =
            json!({"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "s"});
        let nobody = read(&client).unwrap();
        let basic = read(&json!({"type": "basic", "username": "u", "password": "p"})).unwrap();
        let plain = Api { further_tokens: &[], acting_user: None, ..ACME };
        let tokens =
            Api { schemes: &[NamedScheme { name: "b", scheme: SecurityScheme::Bearer }], ..ACME };
        for (credentials, api, told) in [
            (&two, &ACME, None),
            (&two, &plain, Some("Acme has no use any more for people_token")),
            (&nobody, &plain, None),
            (&nobody, &ACME, Some("Acme wants client credentials to name the user they act for")),
            (&basic, &tokens, Some("Acme takes no credentials of type basic (but bearer)")),
        ] {
            assert_eq!(credentials.misfit(api).as_deref(), told);
            let again =
                AccountCredentials::from_stored(credentials.to_stored().as_bytes()).unwrap();
            assert_eq!(again.to_stored(), credentials.to_stored(), "nothing is lost");
        }
        assert!(two.acting_user_header(&plain).is_none(), "what is of no use is not sent");
    }

    #[test]
    fn a_later_version_and_what_is_no_credentials_are_refused() {
        let later = read(&json!({"version": 2, "kind": "token", "token": "canary"})).unwrap_err();
        assert_eq!(later, StoredError::UnknownVersion { found: 2, newest: 1 });
        assert!(later.to_string().contains("version 2") && later.to_string().contains("up to 1"));
        for unreadable in [
            json!(7),
            json!({}),
            json!({"type": "magic", "token": "t"}),
            json!({"type": "bearer"}),
            json!({"version": "1", "kind": "token", "token": "t", "is_api_key": false}),
            json!({"version": 1, "kind": "token"}),
            json!({"version": 1, "type": "bearer", "token": "t"}),
        ] {
            assert_eq!(read(&unreadable).unwrap_err(), StoredError::Unreadable, "{unreadable}");
        }
        assert!(AccountCredentials::from_stored(b"\xff").is_err());
    }
}
