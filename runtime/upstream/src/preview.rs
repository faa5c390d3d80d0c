//! A request as it would go out, for people to read before it does: without the credential.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use support::{Api, Request, Secret, TransportError};

use crate::account::AccountCredentials;
use crate::origin::Origin;
use crate::transport::{Outgoing, headers_of, outgoing};

/// What stands where a credential would.
pub const TOKEN: &str = "$TOKEN";

/// How many names for a credential are tried: more than an address and headers hold.
const STAND_INS: u32 = 100_000;

/// All that would be sent but for the credential, and for what HTTP itself adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    pub body: Option<Bytes>,
}

impl Preview {
    /// What a request of an account would be, made as [`crate::Upstream::transport`] makes it.
    /// Nothing is sent, and no token is asked for.
    ///
    /// # Errors
    /// Why it could not be sent.
    pub fn of(
        api: &'static Api,
        origin: &Origin,
        credentials: &AccountCredentials,
        request: Request,
    ) -> Result<Self, TransportError> {
        // Letters and digits alone, which no place encodes, and which the request has nowhere.
        let made = |number: u32| {
            let stand_in = format!("credential{number}");
            let masked = credentials.masked(&stand_in);
            let by_scheme = masked.by_scheme(api, Some(&Secret::from(stand_in.clone())));
            let headers = headers_of(api, credentials);
            let origin = origin.of_operation(api, request.operation);
            let made = outgoing(api, &origin, &by_scheme, headers, request.clone());
            made.map(|made| (stand_in, made))
        };
        let held = |text: &str| {
            request.path_and_query().contains(text)
                || request.headers.values().any(|value| contains(value.as_bytes(), text))
        };
        let number = (0..STAND_INS).find(|number| !held(&format!("credential{number}")));
        let (stand_in, Outgoing { method, url, headers, body }) = made(number.unwrap_or_default())?;
        let pair = STANDARD.encode(format!("{stand_in}:{stand_in}"));
        let shown = |text: &str| text.replace(&pair, TOKEN).replace(&stand_in, TOKEN);
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), shown(&String::from_utf8_lossy(value.as_bytes())))
        };
        let headers = headers.iter().map(header).collect();
        Ok(Self { method, url: shown(url.as_str()), headers, body })
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use support::OperationInfo;
    use support::oauth::OAuthClient;
    use support::operation::Segment;
    use support::security::{NamedScheme, SecurityScheme};

    use super::*;
    use crate::account::ActingUser;

    const SCHEMES: &[NamedScheme] = &[
        NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "basic", scheme: SecurityScheme::Basic },
        NamedScheme { name: "query", scheme: SecurityScheme::ApiKeyQuery("key") },
        NamedScheme { name: "cookie", scheme: SecurityScheme::ApiKeyCookie("key") },
        NamedScheme { name: "header", scheme: SecurityScheme::ApiKeyHeader("x-key") },
    ];
    static API: Api = Api {
        origins: &[support::api::Origin { region: "", url: "https://api.example.com" }],
        schemes: SCHEMES,
        constant_headers: &[("x-version", "7")],
        acting_user: Some(support::api::ActingUserHeaders { email: Some("x-user"), id: None }),
        ..Api::EMPTY
    };

    const fn operation(security: &'static [&'static [&'static str]]) -> OperationInfo {
        OperationInfo {
            id: "demo",
            method: Method::POST,
            path: "/things",
            segments: &[Segment::Literal("/things")],
            origin: None,
            accept: "application/json",
            security,
        }
    }
    static OPERATIONS: [OperationInfo; 5] = [
        operation(&[&["bearer"]]),
        operation(&[&["basic"]]),
        operation(&[&["query"]]),
        operation(&[&["cookie"]]),
        operation(&[&["header"]]),
    ];

    #[test]
    fn no_credential_is_shown_wherever_it_would_stand() {
        let token = AccountCredentials::Token {
            token: "canary-secret".into(),
            further: BTreeMap::new(),
            acting_user: Some(ActingUser::Email("ada@example.com".to_owned())),
            api_key: false,
        };
        let basic = AccountCredentials::Basic {
            username: "canary-user".to_owned(),
            password: "canary-secret".into(),
        };
        let client = AccountCredentials::AuthorizationCode {
            client: OAuthClient {
                id: "canary-id".to_owned(),
                secret: "canary-secret".into(),
                scopes: Vec::new(),
            },
        };
        let origin = Origin::parse(&API, None, None, &[]).unwrap();
        let cases: [(usize, &AccountCredentials, &str); 6] = [
            (0, &token, "authorization: Bearer $TOKEN"),
            (0, &client, "authorization: Bearer $TOKEN"),
            (1, &basic, "authorization: Basic $TOKEN"),
            (2, &token, "https://api.example.com/things?key=$TOKEN"),
            (3, &token, "cookie: key=$TOKEN"),
            (4, &token, "x-key: $TOKEN"),
        ];
        for (index, credentials, wanted) in cases {
            let request =
                Request::builder(&OPERATIONS[index]).json(&["credential0"]).build().unwrap();
            let preview = Preview::of(&API, &origin, credentials, request).unwrap();
            let mut lines = vec![preview.url.clone()];
            lines.extend(preview.headers.iter().map(|(name, value)| format!("{name}: {value}")));
            assert!(lines.iter().any(|line| line == wanted), "{wanted}: {lines:?}");
            assert!(!format!("{preview:?}").contains("canary"), "{preview:?}");
            assert!(lines.contains(&"x-version: 7".to_owned()), "{lines:?}");
            let acts = lines.contains(&"x-user: ada@example.com".to_owned());
            assert_eq!(acts, std::ptr::eq(credentials, &raw const token), "{lines:?}");
            assert_eq!(preview.body.as_deref(), Some(&br#"["credential0"]"#[..]));
        }
    }
}
