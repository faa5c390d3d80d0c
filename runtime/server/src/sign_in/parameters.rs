//! Parameters of OAuth requests: few, and each at most once (RFC 6749 section 3.1).

use axum::RequestExt;
use axum::extract::Request;

use super::Refused;
use crate::host_policy::{self, drain_body};

/// How many parameters a request may have: several times what any RFC knows.
const MOST: usize = 40;

/// The parameters of a query or a form.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the form of a request.
    pub(super) async fn of_form(request: Request) -> Result<Self, Refused> {
        let form = "application/x-www-form-urlencoded";
        if support::headers::media_type(request.headers()) != form {
            drain_body(request.into_body()).await;
            return Err(Refused::new("invalid_request", format!("send the parameters as {form}")));
        }
        let read = host_policy::read(request.into_limited_body(), usize::MAX).await;
        let body =
            read.map_err(|why| Refused::new("invalid_request", format!("the body {why}")))?;
        Self::parse(&body)
    }

    /// Reads a query.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Refused> {
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if read.len() == MOST {
                let words = format!("there are more than {MOST} parameters");
                return Err(Refused::new("invalid_request", words));
            }
            if read.iter().any(|(known, _)| *known == name) {
                return Err(Refused::new("invalid_request", "a parameter is given twice"));
            }
            read.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(read))
    }

    /// Parameters that are at hand.
    pub(crate) fn of_pairs<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of a parameter; one without a value is not there (RFC 6749 section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same of one that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        let missing = || Refused::new("invalid_request", format!("`{name}` is missing"));
        self.get(name).ok_or_else(missing)
    }
}

impl Refused {
    /// What is wrong, as a sentence for people.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }
}
