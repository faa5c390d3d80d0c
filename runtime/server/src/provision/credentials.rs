//! What an account authenticates with: read from JSON, sealed as JSON, never shown again.

use secrecy::SecretString;
use serde_json::Value;
use support::Api;
use support::security::SecurityScheme;

use crate::fields::{Faults, Fields, Given};

/// An account's credentials.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A token that was issued beforehand.
    Bearer {
        /// The token.
        token: SecretString,
        /// A key of its own for the SCIM routes.
        scim_token: Option<SecretString>,
        /// For whom it acts.
        actor: Option<Actor>,
    },
    /// User and password.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A key in a header, the query or a cookie, as the API's document says.
    ApiKey {
        /// The key.
        key: SecretString,
    },
    /// OAuth 2 client credentials (RFC 6749 section 4.4).
    ClientCredentials {
        /// Who we are.
        client: Client,
        /// For whom we act.
        actor: Option<Actor>,
    },
    /// OAuth 2 authorization code (RFC 6749 section 4.1): a grant that a person gives in a browser.
    AuthorizationCode {
        /// Who we are.
        client: Client,
    },
}

/// An OAuth client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// What to ask for; empty: what the vendor gives.
    pub scopes: Vec<String>,
}

/// The user on whose behalf calls are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// By mail address.
    Email(String),
    /// By the vendor's id.
    Id(String),
}

/// Every type of credentials with its name on the wire.
const TYPES: [&str; 5] = ["bearer", "basic", "api_key", "oauth2_client_credentials", "oauth2_authorization_code"];

impl Credentials {
    /// Reads credentials for an API; every fault goes to `faults`.
    pub fn read(value: Value, at: &str, api: &Api, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::new(value, at, faults)?;
        let kinds = accepted(api);
        let kind = fields.text("type")?;
        if !kinds.contains(&kind.as_str()) {
            fields.fault("type", format!("is no type of credentials of {}; known: {}", api.title, kinds.join(", ")));
            return None;
        }
        let credentials = Self::of_kind(&kind, &mut fields, api);
        fields.finish();
        credentials
    }

    fn of_kind(kind: &str, fields: &mut Fields<'_>, api: &Api) -> Option<Self> {
        match kind {
            "bearer" => {
                let scim_token = if takes_scim_token(api) { fields.secret_if_given("scim_token") } else { None };
                let actor = if takes_actor(api) { actor(fields) } else { None };
                Some(Self::Bearer { token: fields.secret("token")?.into(), scim_token: scim_token.map(Into::into), actor })
            }
            "basic" => {
                let username = fields.text("username");
                let password = fields.secret("password");
                Some(Self::Basic { username: username?, password: password?.into() })
            }
            "api_key" => Some(Self::ApiKey { key: fields.secret("key")?.into() }),
            "oauth2_client_credentials" => {
                let client = client(fields);
                let actor = if takes_actor(api) { actor(fields) } else { None };
                if takes_actor(api) && actor.is_none() {
                    fields.fault("as_user_email", "is required (or as_user_id): client credentials act for a user");
                }
                Some(Self::ClientCredentials { client: client?, actor })
            }
            "oauth2_authorization_code" => Some(Self::AuthorizationCode { client: client(fields)? }),
            _ => None,
        }
    }

    /// The type's name on the wire.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bearer { .. } => TYPES[0],
            Self::Basic { .. } => TYPES[1],
            Self::ApiKey { .. } => TYPES[2],
            Self::ClientCredentials { .. } => TYPES[3],
            Self::AuthorizationCode { .. } => TYPES[4],
        }
    }
}

/// The types of credentials that an API's security schemes can be satisfied with.
#[must_use]
pub fn accepted(api: &Api) -> Vec<&'static str> {
    let accepts = |kind: &&str| {
        api.schemes.iter().any(|named| match (named.scheme, *kind) {
            (
                SecurityScheme::Bearer | SecurityScheme::Http(_) | SecurityScheme::OpenIdConnect(_) | SecurityScheme::OAuth2 { .. },
                "bearer",
            )
            | (SecurityScheme::Basic, "basic")
            | (SecurityScheme::ApiKeyHeader(_) | SecurityScheme::ApiKeyQuery(_) | SecurityScheme::ApiKeyCookie(_), "api_key") => true,
            (SecurityScheme::OAuth2 { token_url, .. }, "oauth2_client_credentials") => token_url.is_some(),
            (SecurityScheme::OAuth2 { authorization_url, token_url, .. }, "oauth2_authorization_code") => {
                authorization_url.is_some() && token_url.is_some()
            }
            _ => false,
        })
    };
    TYPES.into_iter().filter(accepts).collect()
}

/// Whether an API has a SCIM key beside its main one.
fn takes_scim_token(api: &Api) -> bool {
    api.schemes.iter().any(|named| named.name == "scimBearer")
}

/// Whether an API wants to know for whom a credential acts (Ironclad's `x-as-user-email` and `x-as-user-id`).
fn takes_actor(api: &Api) -> bool {
    api.slug == "ironclad"
}

fn client(fields: &mut Fields<'_>) -> Option<Client> {
    let id = fields.text("client_id");
    let secret = fields.secret("client_secret");
    let scopes = match fields.value("scopes") {
        Given::Absent | Given::Null => Vec::new(),
        Given::Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Given::Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Given::Some(_) => {
            fields.fault("scopes", "must be an array of texts");
            Vec::new()
        }
    };
    if scopes.iter().any(|scope| scope.is_empty() || !scope.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))) {
        fields.fault("scopes", "must be scopes as in RFC 6749 section 3.3");
    }
    Some(Client { id: id?, secret: secret?.into(), scopes })
}

fn actor(fields: &mut Fields<'_>) -> Option<Actor> {
    let email = fields.text_if_given("as_user_email").some();
    let id = fields.text_if_given("as_user_id").some();
    for (name, text) in [("as_user_email", &email), ("as_user_id", &id)] {
        if text.as_ref().is_some_and(|text| !text.is_ascii()) {
            fields.fault(name, "must be ASCII: it is sent as a header");
        }
    }
    match (email, id) {
        (Some(_), Some(_)) => {
            fields.fault("as_user_id", "cannot stand beside as_user_email: name one");
            None
        }
        (Some(email), None) => Some(Actor::Email(email)),
        (None, Some(id)) => Some(Actor::Id(id)),
        (None, None) => None,
    }
}
