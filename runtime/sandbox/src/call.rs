//! One request as a tenant's handlers see it.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::media;
use crate::reply::Reply;

/// A request that has passed authentication and routing.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) dialect: Dialect,
    pub(crate) method: Method,
    /// The path as it arrived, still percent-encoded.
    pub(crate) path: String,
    pub(crate) params: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) now: Timestamp,
    /// Who acts: the id of an Ironclad user; empty where nobody does.
    pub(crate) actor: String,
    /// Scopes of the token; `None` for tokens that are not scoped.
    pub(crate) scopes: Option<Vec<String>>,
}

impl Call {
    /// A path parameter. Empty when the route does not have it.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.as_str())
    }

    /// A path parameter that must be a whole number; anything else is an unknown thing.
    pub(crate) fn number_param(&self, name: &str) -> Result<u64, Reply> {
        let text = self.param(name);
        text.parse().map_err(|_| {
            self.refuse(400, "INVALID_PARAM", &format!("\"{name}\" must be a number"), name)
        })
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter, repeated or joined by commas.
    pub(crate) fn query_list(&self, name: &str) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(key, _)| key == name || key.strip_suffix("[]") == Some(name))
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// A boolean query parameter.
    pub(crate) fn query_flag(&self, name: &str) -> Result<Option<bool>, Reply> {
        match self.query(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.bad_query(name, "must be true or false")),
        }
    }

    /// A whole number in a query parameter, within bounds.
    pub(crate) fn query_number(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, Reply> {
        let Some(text) = self.query(name) else { return Ok(None) };
        match text.parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => {
                Err(self.bad_query(name, &format!("must be a whole number from {least} to {most}")))
            }
        }
    }

    /// A query parameter that must be one of a few words.
    pub(crate) fn query_word<'a>(
        &'a self,
        name: &str,
        words: &[&str],
    ) -> Result<Option<&'a str>, Reply> {
        match self.query(name) {
            Some(word) if !words.contains(&word) => Err(self
                .bad_query(name, &format!("value '{word}' is not one of [{}]", words.join(", ")))),
            word => Ok(word),
        }
    }

    /// A refusal of a query parameter in the API's own form.
    pub(crate) fn bad_query(&self, name: &str, problem: &str) -> Reply {
        self.refuse(
            400,
            "INVALID_PARAM",
            &format!("query parameter '{name}' {problem}"),
            &format!("/?{name}"),
        )
    }

    /// A request header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type of the body, in lower case and without its parameters.
    pub(crate) fn media(&self) -> String {
        media::essence(self.header(header::CONTENT_TYPE.as_str()).unwrap_or(""))
    }

    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Reply> {
        if self.body.is_empty() {
            return Err(self.refuse(
                400,
                "MISSING_PARAM",
                "a JSON request body is required",
                "body",
            ));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(self.refuse(
                400,
                "INVALID_PARAM",
                "the request body must be a JSON object",
                "body",
            )),
            Err(_) => {
                Err(self.refuse(400, "INVALID_PARAM", "the request body is not valid JSON", "body"))
            }
        }
    }

    /// The body as a JSON object, where none at all is fine too.
    pub(crate) fn object_or_empty(&self) -> Result<Map<String, Value>, Reply> {
        if self.body.is_empty() { Ok(Map::new()) } else { self.object() }
    }

    /// An error answer in the form of the API this call is for.
    pub(crate) fn refuse(&self, status: u16, code: &str, message: &str, param: &str) -> Reply {
        self.dialect.error(status, code, message, param)
    }

    /// The API's answer for something that is not there.
    pub(crate) fn missing(&self, what: &str, param: &str) -> Reply {
        self.refuse(404, "NOT_FOUND", &format!("{what} not found"), param)
    }

    /// The API's answer for an argument that is wrong.
    pub(crate) fn invalid(&self, message: &str, param: &str) -> Reply {
        self.refuse(400, "INVALID_PARAM", message, param)
    }

    /// The API's answer for something that can't be done now.
    pub(crate) fn wrong_state(&self, message: &str) -> Reply {
        self.refuse(400, "INVALID_STATE", message, "")
    }
}
