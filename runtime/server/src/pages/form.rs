//! What a form carries: fields, and the proof that it is one of ours.

use axum::RequestExt;
use axum::extract::Request;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

use super::failure::Failure;
use crate::app::App;
use crate::host_policy::{self, drain_body};

/// How many fields a form may have: as many tools as the largest API, and then some.
const FIELDS: usize = 4_000;

/// The longest text that is searched for, in characters.
const LONGEST_WORDS: usize = 200;

/// The fields of a form that was sent from one of our pages, in their order.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the form of a request.
    ///
    /// # Errors
    /// When it does not come from a page of ours, or cannot be read.
    pub(super) async fn read(request: Request, app: &App, csrf: &str) -> Result<Self, Failure> {
        if !is_our_own(request.headers(), &app.public_url) {
            drain_body(request.into_body()).await;
            return Err(foreign());
        }
        if support::headers::media_type(request.headers()) != "application/x-www-form-urlencoded" {
            drain_body(request.into_body()).await;
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This is no form",
                "Forms come as application/x-www-form-urlencoded. For programs there is the admin API: /openapi.json",
            ));
        }
        let bytes =
            host_policy::read(request.into_limited_body(), usize::MAX).await.map_err(|why| {
                Failure::new(
                    StatusCode::BAD_REQUEST,
                    "The form did not arrive",
                    format!("What was sent {why}. Nothing was changed."),
                )
            })?;
        let form = Self::parse(&bytes)?;
        let same: bool = form.text("csrf").as_bytes().ct_eq(csrf.as_bytes()).into();
        if same { Ok(form) } else { Err(foreign()) }
    }

    fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let mut fields = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if fields.len() == FIELDS {
                return Err(Failure::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "The form is too long",
                    format!("A form has at most {FIELDS} fields. Nothing was changed."),
                ));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    /// The fields of a query, which changes nothing and needs no proof.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default()
    }

    /// A form of these fields, made by a page itself.
    pub(super) fn of_pairs<const N: usize>(pairs: [(&str, String); N]) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
    }

    /// The text of a field; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    /// The text of a field that says something.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    /// What is searched for: as much of it as a name could hold, and nothing that no text can. A
    /// database takes neither a pattern without end nor a zero.
    pub(super) fn words(&self) -> String {
        let plain = self.text("q").chars().filter(|letter| !letter.is_control());
        plain.take(LONGEST_WORDS).collect::<String>().trim().to_owned()
    }

    /// All fields, in their order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether a box is ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }

    /// The names of the fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The texts of all fields of this name.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, text)| text.as_str())
    }
}

fn foreign() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        "This form is not one of ours",
        "It was sent from another site, or from a page that was opened before you signed in. Nothing was changed: open the page again and send it from there.",
    )
}

/// Whether a browser says that a change was asked for on a page of ours: by fetch metadata, or
/// where it has none by the origin.
fn is_our_own(headers: &HeaderMap, public_url: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let same_host =
        host.zip(origin.split_once("://")).is_some_and(|(host, (_, name))| host == name);
    let public =
        url::Url::parse(public_url).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    same_host || public
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_ask_for_changes() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_our_own(&headers, "https://gate.example.com/base")
        };
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(own(&[("origin", "https://gate.example.com"), ("host", "inner:80")]));
        assert!(own(&[("origin", "http://localhost:8484"), ("host", "localhost:8484")]));
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://gate.example.com")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null"), ("host", "localhost")],
            &[("origin", "http://localhost:9999"), ("host", "localhost:8484")],
            &[("host", "localhost:8484")],
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn fields_are_read_in_their_order_and_bounded() {
        let form = Form::parse(b"tags=a&name=+x+&tags=b%26c&keep=").unwrap();
        assert_eq!(form.all("tags").collect::<Vec<_>>(), ["a", "b&c"]);
        assert_eq!((form.given("name"), form.given("keep")), (Some("x"), None));
        assert!(form.has("keep") && !form.has("gone"));
        assert!(Form::parse("a=1&".repeat(FIELDS + 1).as_bytes()).is_err());
    }
}
