//! What requests carry: ids in paths, parameters in queries, JSON in bodies.

use axum::RequestExt;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::export::Format;
use super::problem::Problem;
use crate::call::Digits;
use crate::directory::Caller;
use crate::fields::{moment, text_fault};
use crate::host_policy::{self, CallerAddress, Unread, drain_body};
use crate::json::{self, Allowance};
use crate::provision::{AccountId, Actor, ApiTokenId, ServerId};
use crate::store::PageKey;
use crate::work;

/// Path parameters; what cannot be read leads nowhere.
#[derive(Debug)]
pub struct PathParam<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathParam<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Self(value))
            .map_err(|_| Problem::not_found())
    }
}

/// The account that a path names.
///
/// # Errors
/// 404 when no account can have this id; so below.
pub fn account_id(text: &str) -> Result<AccountId, Problem> {
    AccountId::parse(text).ok_or_else(Problem::not_found)
}

/// The MCP server that a path names.
pub fn server_id(text: &str) -> Result<ServerId, Problem> {
    ServerId::parse(text).ok_or_else(Problem::not_found)
}

/// The API token that a path names.
pub fn api_token_id(text: &str) -> Result<ApiTokenId, Problem> {
    ApiTokenId::parse(text).ok_or_else(Problem::not_found)
}

/// Who asks, and from where.
#[derive(Debug)]
pub struct By(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Every route behind a token has its caller.
        let caller =
            parts.extensions.get::<Caller>().ok_or_else(|| Problem::unauthorized(false))?;
        let address = parts.extensions.get().map(|CallerAddress(address)| *address);
        Ok(Self(caller.actor().from(address)))
    }
}

/// A JSON body.
#[derive(Debug)]
pub struct Body(pub Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        DigitsBody::from_request(request, state).await.map(|DigitsBody(value, _)| Self(value))
    }
}

/// A JSON body, and the integers in it that 64 bits do not hold.
#[derive(Debug)]
pub struct DigitsBody(pub Value, pub Digits);

impl<S: Send + Sync> FromRequest<S> for DigitsBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if support::headers::media_type(request.headers()) != "application/json" {
            drain_body(request.into_body()).await;
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the body as application/json",
            ));
        }
        // Each route's own limit is on the body already.
        let bytes =
            host_policy::read(request.into_limited_body(), usize::MAX).await.map_err(unread)?;
        let length = bytes.len();
        let read = move || {
            let value = json::read(&bytes, &mut Allowance::default())?;
            Ok((value, Digits::of(&bytes)))
        };
        match work::over(length, read).await {
            Ok((value, digits)) => Ok(Self(value, digits)),
            Err(json::Unread::Json(error)) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))
            }
            Err(json::Unread::Excess(excess)) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("the body holds {excess}"),
            )),
        }
    }
}

fn unread(why: Unread) -> Problem {
    let status = match why {
        Unread::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Unread::BrokeOff => StatusCode::BAD_REQUEST,
        Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
    };
    Problem::new(status, format!("the body {why}"))
}

/// How many parameters a query may have: several times what any route takes, or a vendor adds to an
/// address of ours.
const PARAMETERS: usize = 32;

/// The parameters of a query, each at most once; what nobody asks for is an error.
#[derive(Debug)]
pub struct Query {
    given: Vec<(String, String)>,
    /// What was asked for so far.
    known: Vec<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        // So few are told apart by a scan.
        for (name, value) in
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        {
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Problem::parameter(&name, "is given twice"));
            }
            if pairs.len() == PARAMETERS {
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    format!("a query has at most {PARAMETERS} parameters"),
                ));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { given: pairs, known: Vec::new() })
    }
}

/// Where a list begins and how long it is.
#[derive(Debug)]
pub struct Paging {
    /// Items at most.
    pub limit: usize,
    /// The same where it was given.
    pub given: Option<usize>,
    /// The item before the first.
    pub after: Option<PageKey>,
}

impl Paging {
    /// From the first item to the last.
    pub(crate) const WHOLE: Self = Self { limit: usize::MAX, given: None, after: None };
}

impl Query {
    /// A query of these parameters.
    pub(crate) fn of(given: &[(&str, String)]) -> Self {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self { given: given.collect(), known: Vec::new() }
    }

    /// Takes a parameter out.
    pub fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let index = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(index).1)
    }

    /// Takes a parameter out that names or describes something.
    ///
    /// # Errors
    /// 400 when it is no short text; so below.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            Some(text) => text_fault(&text)
                .map_or(Ok(Some(text)), |detail| Err(Problem::parameter(name, detail))),
            None => Ok(None),
        }
    }

    /// Takes a moment out.
    pub fn moment(&mut self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        match self.take(name) {
            Some(text) => moment(&text)
                .map(Some)
                .ok_or_else(|| Problem::parameter(name, "must be a date and time as in RFC 3339")),
            None => Ok(None),
        }
    }

    /// Takes a parameter out that is one of these words.
    pub fn one_of(
        &mut self,
        name: &'static str,
        words: impl Iterator<Item = &'static str> + Clone,
    ) -> Result<Option<String>, Problem> {
        let Some(text) = self.take(name) else { return Ok(None) };
        if words.clone().any(|word| word == text) {
            return Ok(Some(text));
        }
        let words: Vec<String> = words.map(str::to_owned).collect();
        Err(Problem::unknown(name, name, &words))
    }

    /// Takes `format` out.
    pub fn format(&mut self) -> Result<Format, Problem> {
        let word = self.one_of("format", Format::WORDS.into_iter())?;
        Ok(Format::of(word.as_deref()))
    }

    /// Takes `since` and `until` out, in microseconds since the epoch.
    pub fn period(&mut self) -> Result<(Option<i64>, Option<i64>), Problem> {
        let micros = |moment: Option<Timestamp>| moment.map(Timestamp::as_microsecond);
        let (since, until) = (micros(self.moment("since")?), micros(self.moment("until")?));
        if since.zip(until).is_some_and(|(since, until)| since >= until) {
            return Err(Problem::parameter("until", "must be later than since"));
        }
        Ok((since, until))
    }

    /// Takes `limit` and `next_cursor` out.
    pub fn paging(&mut self) -> Result<Paging, Problem> {
        let given = match self.take("limit") {
            None => None,
            Some(text) => {
                let limit = text.parse().ok().filter(|limit| (1..=1000).contains(limit));
                Some(limit.ok_or_else(|| {
                    Problem::parameter("limit", "must be a whole number from 1 to 1000")
                })?)
            }
        };
        let after = match self.take("next_cursor") {
            None => None,
            Some(text) => Some(read_cursor(&text).ok_or_else(|| {
                Problem::parameter("next_cursor", "is none that a list has given")
            })?),
        };
        Ok(Paging { limit: given.unwrap_or(100), given, after })
    }

    /// Ends the query: what is left is not known.
    pub fn finish(self) -> Result<(), Problem> {
        let Some((name, _)) = self.given.first() else { return Ok(()) };
        Err(if self.known.is_empty() {
            Problem::parameter(name, "is not known here, nor is any other parameter")
        } else {
            let known = self.known.join(", ");
            Problem::parameter(name, format!("is not known here; known: {known}"))
        })
    }
}

/// The text of a place in a list.
#[must_use]
pub fn cursor(place: &PageKey) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", place.at, place.id))
}

/// Reads the text of a place.
#[must_use]
pub fn read_cursor(text: &str) -> Option<PageKey> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once('.')?;
    let plain =
        id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then_some(PageKey { at: at.parse().ok()?, id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn query(text: &str) -> Result<Query, Problem> {
        let request = http::Request::builder().uri(format!("/x?{text}")).body(()).unwrap();
        Query::from_request_parts(&mut request.into_parts().0, &()).await
    }

    #[tokio::test]
    async fn a_query_has_few_parameters_and_each_once() {
        let many = |count: usize| {
            (0..count).map(|number| format!("p{number}=1")).collect::<Vec<_>>().join("&")
        };
        assert!(query(&many(PARAMETERS)).await.is_ok());
        for bad in [
            many(PARAMETERS + 1),
            many(20_000).chars().take(60_000).collect(),
            "a=1&a=2".to_owned(),
            "a&%61".to_owned(),
        ] {
            assert!(query(&bad).await.is_err(), "{} characters", bad.len());
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_for_a_cursor_is_read_or_refused(text in ".{0,80}") {
            let _ = read_cursor(&text);
            let _ = read_cursor(&URL_SAFE_NO_PAD.encode(&text));
            let place = PageKey { at: 7, id: "acc_1".to_owned() };
            prop_assert_eq!(read_cursor(&cursor(&place)).map(|read| (read.at, read.id)), Some((7, "acc_1".to_owned())));
        }
    }
}
