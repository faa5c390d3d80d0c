//! Security schemes and the credentials that satisfy them.

use std::collections::BTreeMap;

use base64::Engine;
use http::HeaderValue;
use http::header::{AUTHORIZATION, COOKIE, HeaderName};
pub use secrecy::{ExposeSecret, SecretString as Secret};

use crate::api::Api;
use crate::encode;
use crate::error::TransportError;
use crate::request::{Request, cookies_with};

/// A security scheme with its name in the document.
#[derive(Debug)]
pub struct NamedScheme {
    /// The key under `components.securitySchemes`.
    pub name: &'static str,
    /// The scheme.
    pub scheme: SecurityScheme,
}

/// A security scheme (OpenAPI 3.0.3, Security Scheme Object).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityScheme {
    /// `http` with `bearer` (RFC 6750).
    Bearer,
    /// `http` with `basic` (RFC 7617).
    Basic,
    /// `http` with another scheme of the IANA registry: the credential is what follows its name.
    Http(&'static str),
    /// `apiKey` in a header.
    ApiKeyHeader(&'static str),
    /// `apiKey` in the query.
    ApiKeyQuery(&'static str),
    /// `apiKey` in a cookie.
    ApiKeyCookie(&'static str),
    /// `oauth2`: a bearer token obtained elsewhere.
    OAuth2 {
        /// The authorization endpoint, of the authorization code flow.
        authorization_url: Option<&'static str>,
        /// The token endpoint.
        token_url: Option<&'static str>,
        /// Every scope of every flow.
        scopes: &'static [&'static str],
    },
    /// `openIdConnect`: a bearer token obtained elsewhere.
    OpenIdConnect(&'static str),
}

impl SecurityScheme {
    /// Whether a token stands behind the name of the scheme in `Authorization`.
    #[must_use]
    pub fn takes_bearer_token(&self) -> bool {
        matches!(self, Self::Bearer | Self::OAuth2 { .. } | Self::OpenIdConnect(_) | Self::Http(_))
    }

    /// Whether a key stands in a place of its own.
    #[must_use]
    pub fn takes_api_key(&self) -> bool {
        matches!(self, Self::ApiKeyHeader(_) | Self::ApiKeyQuery(_) | Self::ApiKeyCookie(_))
    }
}

/// What satisfies a scheme.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A token or key: bearer, OAuth 2, OpenID Connect, API key.
    Token(Secret),
    /// User and password.
    Basic {
        /// The user's name.
        username: String,
        /// The password.
        password: Secret,
    },
}

/// Credentials by scheme name.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<String, Credential>);

impl Credentials {
    /// Sets the credential of the scheme `name`.
    #[must_use]
    pub fn with(mut self, name: &str, credential: Credential) -> Self {
        self.0.insert(name.to_owned(), credential);
        self
    }

    /// Sets `credential` for every scheme of `api` that admits it. A scheme that has a token of its
    /// own ([`Api::further_tokens`]) takes no other.
    #[must_use]
    pub fn wherever(
        self,
        api: &Api,
        admits: impl Fn(SecurityScheme) -> bool,
        credential: &Credential,
    ) -> Self {
        let own = |name| api.further_tokens.iter().any(|token| token.scheme == name);
        let fitting = api.schemes.iter().filter(|named| admits(named.scheme) && !own(named.name));
        fitting.fold(self, |found, named| found.with(named.name, credential.clone()))
    }

    /// These, and `others` in place of those of the same schemes.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Puts the first requirement of the operation that these credentials satisfy into `request`.
    ///
    /// # Errors
    /// [`TransportError::MissingCredential`] when the operation needs one and none fits.
    pub fn apply(
        &self,
        schemes: &[NamedScheme],
        request: &mut Request,
    ) -> Result<(), TransportError> {
        let requirements = request.operation.security;
        let Some(chosen) =
            requirements.iter().find(|all| all.iter().all(|name| self.0.contains_key(*name)))
        else {
            if requirements.is_empty() {
                return Ok(());
            }
            let wanted: Vec<String> = requirements.iter().map(|all| all.join(" and ")).collect();
            return Err(TransportError::MissingCredential(wanted.join(" or ")));
        };
        for name in *chosen {
            let scheme =
                schemes.iter().find(|scheme| scheme.name == *name).map(|named| named.scheme);
            if let (Some(scheme), Some(credential)) = (scheme, self.0.get(*name)) {
                put(scheme, credential, request)
                    .ok_or_else(|| TransportError::MissingCredential((*name).to_owned()))?;
            }
        }
        Ok(())
    }
}

/// Writes a credential where its scheme wants it; `None` when it does not fit there.
fn put(scheme: SecurityScheme, credential: &Credential, request: &mut Request) -> Option<()> {
    let token = match credential {
        Credential::Token(secret) => Some(secret.expose_secret()),
        Credential::Basic { .. } => None,
    };
    match (scheme, credential) {
        (SecurityScheme::Basic, Credential::Basic { username, password }) => {
            let pair = base64::engine::general_purpose::STANDARD
                .encode(format!("{username}:{}", password.expose_secret()));
            insert(request, AUTHORIZATION, &format!("Basic {pair}"))
        }
        (
            SecurityScheme::Bearer
            | SecurityScheme::OAuth2 { .. }
            | SecurityScheme::OpenIdConnect(_),
            _,
        ) => insert(request, AUTHORIZATION, &format!("Bearer {}", token?)),
        (SecurityScheme::Http(scheme), _) => {
            insert(request, AUTHORIZATION, &format!("{scheme} {}", token?))
        }
        (SecurityScheme::ApiKeyHeader(name), _) => {
            insert(request, HeaderName::try_from(name).ok()?, token?)
        }
        (SecurityScheme::ApiKeyQuery(name), _) => {
            request.push_query(name, token?);
            Some(())
        }
        (SecurityScheme::ApiKeyCookie(name), _) => {
            let joined = cookies_with(&request.headers, name, &encode::cookie_value(token?));
            insert(request, COOKIE, &joined)
        }
        (SecurityScheme::Basic, Credential::Token(_)) => None,
    }
}

fn insert(request: &mut Request, name: HeaderName, text: &str) -> Option<()> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    request.headers.insert(name, value);
    Some(())
}
