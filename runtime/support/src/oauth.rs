//! OAuth 2.0 on the client's side, as decisions: what to ask a token endpoint, what its answer
//! means, when a token is to be renewed. Whoever drives them does the asking.

use std::fmt;
use std::time::Duration;

use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::Value;

use crate::api::Api;
use crate::security::{ExposeSecret, Secret, SecurityScheme};

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

/// What a token endpoint is asked: an `application/x-www-form-urlencoded` body, secrets included.
#[derive(Clone)]
pub struct TokenRequest(Vec<(&'static str, String)>);

/// What a token endpoint granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token that calls carry.
    pub access_token: Secret,
    /// The token that renews, where the grant has one.
    pub refresh_token: Option<Secret>,
    /// For how long the access token is good.
    pub lifetime: Duration,
}

/// Why a token endpoint granted nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The API refused for good: asking again does not help.
    #[error("{0}")]
    Refused(String),
    /// The answer says nothing about the grant: asking later may help.
    #[error("{0}")]
    Transient(String),
}

/// The answer of a token endpoint (RFC 6749 section 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

/// Its refusal (RFC 6749 section 5.2).
#[derive(Deserialize, Default)]
struct RefusalAnswer {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// The lifetime assumed when the API names none, in seconds.
const DEFAULT_LIFETIME: i64 = 3600;
/// The longest lifetime that is believed, in seconds: ten years.
const LONGEST_LIFETIME: i64 = 10 * 365 * 86_400;
/// The longest margin before a token's end.
const MARGIN: Duration = Duration::from_secs(60);

impl TokenRequest {
    /// Asks for a token of the client's own (RFC 6749 section 4.4).
    #[must_use]
    pub fn client_credentials(client: &OAuthClient) -> Self {
        let mut form = vec![("grant_type", "client_credentials".to_owned())];
        if !client.scopes.is_empty() {
            form.push(("scope", client.scopes.join(" ")));
        }
        Self::of(client, form)
    }

    /// Renews a grant (RFC 6749 section 6). Where the answer holds no new refresh token, the old
    /// one stays good.
    #[must_use]
    pub fn refresh(client: &OAuthClient, refresh_token: &Secret) -> Self {
        let form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh_token.expose_secret().to_owned()),
        ];
        Self::of(client, form)
    }

    /// Exchanges the code that the callback brought (RFC 6749 section 4.1.3, RFC 7636).
    #[must_use]
    pub fn authorization_code(
        client: &OAuthClient,
        redirect_uri: &str,
        code: &str,
        verifier: &Secret,
    ) -> Self {
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect_uri.to_owned()),
            ("code_verifier", verifier.expose_secret().to_owned()),
        ];
        Self::of(client, form)
    }

    fn of(client: &OAuthClient, mut form: Vec<(&'static str, String)>) -> Self {
        form.push(("client_id", client.id.clone()));
        form.push(("client_secret", client.secret.expose_secret().to_owned()));
        Self(form)
    }

    /// The members of the form, in order.
    #[must_use]
    pub fn form(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// What the answer to this request means.
    ///
    /// # Errors
    /// [`TokenRefusal`]; its text repeats no secret of the request.
    pub fn read(&self, status: StatusCode, body: &[u8]) -> Result<Grant, TokenRefusal> {
        if !status.is_success() {
            return Err(self.refusal(status, body));
        }
        let answer: TokenAnswer = serde_json::from_slice(body).map_err(|_| {
            TokenRefusal::Transient("token endpoint: answer without an access token".to_owned())
        })?;
        // Some vendors write the number as a text.
        let seconds = answer
            .expires_in
            .as_ref()
            .and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
            .unwrap_or(DEFAULT_LIFETIME)
            .clamp(1, LONGEST_LIFETIME);
        Ok(Grant {
            access_token: answer.access_token.into(),
            refresh_token: answer.refresh_token.map(Secret::from),
            lifetime: Duration::from_secs(seconds.unsigned_abs()),
        })
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> TokenRefusal {
        let refusal: RefusalAnswer = serde_json::from_slice(body).unwrap_or_default();
        let text = [refusal.error.as_str(), refusal.error_description.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        let text = if text.is_empty() {
            format!("token endpoint answered {status}")
        } else {
            self.quoted(text)
        };
        // The `error` member decides, not the status: vendors answer 400, 401 and 403 for the same
        // refusal.
        match refusal.error.as_str() {
            "invalid_client"
            | "invalid_grant"
            | "unauthorized_client"
            | "unsupported_grant_type"
            | "invalid_scope"
            | "access_denied"
            | "invalid_request" => TokenRefusal::Refused(text),
            // A refusal in the API's own words. A page of something in between says nothing about
            // the grant.
            known if !known.is_empty() && matches!(status.as_u16(), 400 | 401 | 403) => {
                TokenRefusal::Refused(text)
            }
            _ => TokenRefusal::Transient(text),
        }
    }

    /// What an API said, cut, and without what it repeats of the request: secrets stand in that.
    fn quoted(&self, text: String) -> String {
        const LONGEST: usize = 300;
        let secrets = ["client_secret", "refresh_token", "code", "code_verifier"];
        let sent =
            self.0.iter().filter(|(name, value)| secrets.contains(name) && !value.is_empty());
        let text = sent.fold(text, |text, (_, value)| text.replace(value.as_str(), "[redacted]"));
        text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether a token of this lifetime, of which so much is left, is still good: there is a margin of
/// the lesser of 60 s and a tenth of the lifetime.
#[must_use]
pub fn is_fresh(lifetime: Duration, left: Duration) -> bool {
    left > MARGIN.min(lifetime / 10)
}

/// Whether an answer says that the token is good no more (RFC 6750 section 3.1): the call is worth
/// making once more, with a new one.
#[must_use]
pub fn is_spent(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED
}

/// Where an OAuth endpoint of a document lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// On one of the API's own hosts: path and query, to be asked at the caller's origin, whose
    /// region may be another than the document's.
    Own(String),
    /// On a host of its own: the URL as the document has it.
    Elsewhere(&'static str),
}

impl Endpoint {
    /// The token endpoint of an API; `None` when the document declares none.
    #[must_use]
    pub fn token(api: &Api) -> Option<Self> {
        Self::declared(api, |scheme| match scheme {
            SecurityScheme::OAuth2 { token_url, .. } => token_url,
            _ => None,
        })
    }

    /// The authorization endpoint of an API; `None` when the document declares none.
    #[must_use]
    pub fn authorization(api: &Api) -> Option<Self> {
        Self::declared(api, |scheme| match scheme {
            SecurityScheme::OAuth2 { authorization_url, .. } => authorization_url,
            _ => None,
        })
    }

    fn declared(
        api: &Api,
        choose: impl Fn(SecurityScheme) -> Option<&'static str>,
    ) -> Option<Self> {
        let declared = api.schemes.iter().find_map(|named| choose(named.scheme))?;
        if declared.starts_with('/') {
            return Some(Self::Own(declared.to_owned()));
        }
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        let own = declared.parse().ok().filter(|uri: &Uri| {
            let mut known = api.origins.iter().filter_map(|known| known.url.parse().ok());
            known.any(|known: Uri| host(uri).is_some() && host(&known) == host(uri))
        });
        Some(match own.as_ref().and_then(Uri::path_and_query) {
            Some(path) => Self::Own(path.to_string()),
            None => Self::Elsewhere(declared),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Origin;
    use crate::security::NamedScheme;

    fn client(scopes: &[&str]) -> OAuthClient {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        OAuthClient { id: "i".to_owned(), secret: "canary".into(), scopes }
    }

    fn refusal(status: u16, body: &str) -> TokenRefusal {
        let request = TokenRequest::client_credentials(&client(&[]));
        request.read(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_grant_names_the_client_and_what_it_offers() {
        let names = |request: &TokenRequest| {
            let pairs = request.form().iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("&")
        };
        let own = TokenRequest::client_credentials(&client(&["a", "b"]));
        assert_eq!(
            names(&own),
            "grant_type=client_credentials&scope=a b&client_id=i&client_secret=canary"
        );
        assert_eq!(
            names(&TokenRequest::refresh(&client(&[]), &"r".into())),
            "grant_type=refresh_token&refresh_token=r&client_id=i&client_secret=canary"
        );
        assert!(!format!("{own:?}").contains("canary"));
    }

    #[test]
    fn an_answer_grants_for_as_long_as_it_says_within_reason() {
        let lifetime = |body: &str| {
            let request = TokenRequest::client_credentials(&client(&[]));
            request.read(StatusCode::OK, body.as_bytes()).unwrap().lifetime.as_secs()
        };
        assert_eq!(lifetime(r#"{"access_token": "t", "expires_in": 60}"#), 60);
        assert_eq!(lifetime(r#"{"access_token": "t", "expires_in": "60"}"#), 60);
        assert_eq!(lifetime(r#"{"access_token": "t"}"#), 3600);
        assert_eq!(lifetime(r#"{"access_token": "t", "expires_in": -1}"#), 1);
    }

    #[test]
    fn only_the_apis_own_words_are_a_refusal_and_they_repeat_no_secret() {
        let refused = TokenRefusal::Refused("invalid_client: not [redacted]".to_owned());
        let body = r#"{"error": "invalid_client", "error_description": "not canary"}"#;
        assert_eq!(refusal(500, body), refused);
        assert!(matches!(refusal(403, r#"{"error": "own"}"#), TokenRefusal::Refused(_)));
        assert!(matches!(refusal(502, r#"{"error": "own"}"#), TokenRefusal::Transient(_)));
        assert!(matches!(refusal(403, "<html>"), TokenRefusal::Transient(_)));
    }

    #[test]
    fn the_margin_is_a_tenth_of_the_lifetime_up_to_a_minute() {
        let seconds = Duration::from_secs;
        for (lifetime, left) in [(3600, 60), (100, 10), (10, 1)] {
            assert!(is_fresh(seconds(lifetime), seconds(left + 1)), "{lifetime}");
            assert!(!is_fresh(seconds(lifetime), seconds(left)), "{lifetime}");
        }
    }

    #[test]
    fn an_endpoint_on_the_apis_hosts_moves_with_the_origin() {
        const ORIGINS: &[Origin] = &[Origin { region: "", url: "https://api.example.com" }];
        let endpoint = |token_url: &'static str| {
            let scheme = SecurityScheme::OAuth2 {
                authorization_url: None,
                token_url: Some(token_url),
                scopes: &[],
            };
            let schemes = Box::leak(Box::new([NamedScheme { name: "oauth", scheme }]));
            Endpoint::token(&Api { origins: ORIGINS, schemes, ..Api::EMPTY })
        };
        assert_eq!(endpoint("/token"), Some(Endpoint::Own("/token".to_owned())));
        let own = Endpoint::Own("/oauth/token?a=b".to_owned());
        assert_eq!(endpoint("https://API.example.com/oauth/token?a=b"), Some(own));
        let elsewhere = "https://login.example.com/token";
        assert_eq!(endpoint(elsewhere), Some(Endpoint::Elsewhere(elsewhere)));
        assert_eq!(Endpoint::token(&Api::EMPTY), None);
    }
}
