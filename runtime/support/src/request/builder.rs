//! Builds a request argument by argument.

use http::header::{COOKIE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Serialize;

use super::{Body, Request};
use crate::encode::{self, CookieStyle, HeaderStyle, PathStyle, QueryStyle, Reserved};
use crate::error::EncodeError;
use crate::operation_info::{OperationInfo, Segment};

/// A request in the making. The first argument that cannot be written decides what
/// [`build`](Self::build) returns; those after it are not looked at.
///
/// Values are written as JSON first, so that anything that serialises can be an argument; null and
/// absent ones add nothing, unless they stand in the path.
#[derive(Debug)]
#[must_use]
pub struct RequestBuilder {
    operation: &'static OperationInfo,
    variables: Vec<(&'static str, String)>,
    query: String,
    headers: HeaderMap,
    pub(super) body: Body,
    error: Option<EncodeError>,
}

impl Request {
    /// Starts a request of `operation`.
    pub fn builder(operation: &'static OperationInfo) -> RequestBuilder {
        RequestBuilder {
            operation,
            variables: Vec::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            error: None,
        }
    }
}

impl RequestBuilder {
    /// A variable of the path, percent-encoded so that it stays within its segment. It must not be
    /// empty, `.`, `..`, or hold control characters.
    pub fn path<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.path_styled(name, PathStyle::Simple, value)
    }

    /// The same in another `style`.
    pub fn path_styled<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: PathStyle,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            let mut text = String::new();
            encode::path(&mut text, name, style, &encode::to_value(name, value)?)?;
            request.variables.push((name, text));
            Ok(())
        })
    }

    /// A query parameter.
    pub fn query<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.query_styled(name, QueryStyle::Form, value)
    }

    /// The same in another `style`.
    pub fn query_styled<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: QueryStyle,
        value: &T,
    ) -> Self {
        self.query_with(name, style, Reserved::Encoded, value)
    }

    /// The same with `allowReserved`.
    pub fn query_reserved<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: QueryStyle,
        value: &T,
    ) -> Self {
        self.query_with(name, style, Reserved::Kept, value)
    }

    fn query_with<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: QueryStyle,
        reserved: Reserved,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            let value = encode::to_value(name, value)?;
            encode::query(&mut request.query, name, style, reserved, &value);
            Ok(())
        })
    }

    /// A header. What is not ASCII is sent as UTF-8.
    pub fn header<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.header_styled(name, HeaderStyle::Simple, value)
    }

    /// The same in another `style`.
    pub fn header_styled<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: HeaderStyle,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            let Some(text) = encode::header(style, &encode::to_value(name, value)?) else {
                return Ok(());
            };
            let value =
                HeaderValue::from_bytes(text.as_bytes()).map_err(|_| EncodeError::header(name))?;
            let key = HeaderName::try_from(name).map_err(|_| EncodeError::header(name))?;
            request.headers.insert(key, value);
            Ok(())
        })
    }

    /// A cookie.
    pub fn cookie<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.cookie_styled(name, CookieStyle::Form, value)
    }

    /// The same in another `style`.
    pub fn cookie_styled<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: CookieStyle,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            for (key, text) in encode::cookies(name, style, &encode::to_value(name, value)?) {
                let joined = super::cookies_with(&request.headers, &key, &text);
                let value =
                    HeaderValue::from_str(&joined).map_err(|_| EncodeError::header(name))?;
                request.headers.insert(COOKIE, value);
            }
            Ok(())
        })
    }

    /// What `add` adds for a value that is there.
    pub fn if_some<T>(self, value: &Option<T>, add: impl FnOnce(Self, &T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    /// The request: the operation's path with its variables filled in, and the rest.
    ///
    /// # Errors
    /// The first argument that could not be written, a variable that is missing, or variables next
    /// to each other that form a segment `.` or `..`.
    pub fn build(self) -> Result<Request, EncodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut path = String::new();
        for segment in self.operation.segments {
            path.push_str(match segment {
                Segment::Literal(text) => text,
                Segment::Parameter(name) => {
                    let value = self.variables.iter().find(|(variable, _)| variable == name);
                    value.ok_or_else(|| EncodeError::segment(name, "is missing"))?.1.as_str()
                }
            });
        }
        encode::check_segments(&path)?;
        Ok(Request {
            operation: self.operation,
            method: Method::clone(&self.operation.method),
            path,
            query: self.query,
            headers: self.headers,
            body: self.body,
        })
    }

    /// One step, unless an earlier one failed.
    pub(super) fn attempt(
        mut self,
        step: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Self {
        if self.error.is_none()
            && let Err(error) = step(&mut self)
        {
            self.error = Some(error);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: OperationInfo = OperationInfo {
        id: "getPart",
        method: Method::GET,
        path: "/a/{b}/{c}{d}",
        segments: &[
            Segment::Literal("/a/"),
            Segment::Parameter("b"),
            Segment::Literal("/"),
            Segment::Parameter("c"),
            Segment::Parameter("d"),
        ],
        origin: None,
        accept: "",
        security: &[],
    };

    #[test]
    fn variables_stand_where_the_template_has_them() {
        let request = Request::builder(&INFO)
            .path("d", "4")
            .path("b", "x/y")
            .path("c", &3)
            .query("q", &Some("a b"))
            .query("absent", &None::<&str>)
            .build()
            .unwrap();
        assert_eq!(request.path_and_query(), "/a/x%2Fy/34?q=a%20b");
    }

    #[test]
    fn the_first_fault_is_the_one_that_is_named() {
        let argument = |request: RequestBuilder| request.build().unwrap_err().argument;
        let faulty = Request::builder(&INFO).path("b", "..").header("h", "a\nb");
        assert_eq!(argument(faulty), "b");
        let dots = Request::builder(&INFO).path("b", "x").path("c", ".").path("d", "1");
        assert_eq!(argument(dots), "c");
        assert_eq!(argument(Request::builder(&INFO).path("b", "x").path("d", "1")), "c");
    }
}
