//! Complete HTTP requests: what a client needs that sends them by a library of its own choice.
//!
//! ```
//! # fn example(api: &'static support::Api, credentials: support::Credentials) -> impl support::Transport {
//! use support::outgoing::Target;
//! use support::{Response, StreamingResponse};
//!
//! // In place of the closure's body: any HTTP library that takes an `http::Request`.
//! Target::new(api).credentials(credentials).transport(|request| async move {
//!     let answer = Response { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body: request.into_body() };
//!     Ok(StreamingResponse::from(answer))
//! })
//! # }
//! ```

use std::error::Error;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::api::Api;
use crate::error::TransportError;
use crate::request::{Content, Request};
use crate::response::StreamingResponse;
use crate::security::Credentials;
use crate::transport::Transport;

/// Where an API is and who calls it.
#[derive(Debug, Clone)]
pub struct Target {
    api: &'static Api,
    origin: Option<String>,
    region: Option<&'static str>,
    /// Headers of every request: the API's constants and the acting user.
    headers: HeaderMap,
    credentials: Credentials,
}

/// Something that the API does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// No origin has this region.
    #[error("unknown region `{region}`; known: {}", known.join(", "))]
    UnknownRegion {
        /// The region asked for.
        region: String,
        /// The regions there are.
        known: Vec<&'static str>,
    },
    /// The API names no acting user in this way.
    #[error("{api} takes {taken} to act for, not `{given}`")]
    ActingUser {
        /// The API.
        api: &'static str,
        /// What it takes.
        taken: &'static str,
        /// What was given.
        given: String,
    },
}

impl Target {
    /// The API at the servers that its document names, without credentials.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        let constants = api.constant_headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(*value).ok()?))
        });
        let (headers, credentials) = (constants.collect(), Credentials::default());
        Self { api, origin: None, region: None, headers, credentials }
    }

    /// Sends every request to `url` instead, a scheme and host such as `http://localhost:8080`;
    /// paths keep the base path of the document's servers.
    #[must_use]
    pub fn origin(mut self, url: impl Into<String>) -> Self {
        self.origin = Some(url.into());
        self
    }

    /// Authenticates with `credentials`, which a generated crate has a type for.
    #[must_use]
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = credentials.into();
        self
    }

    /// Sends requests to the servers of a region, one of [`Api::origins`]; operations with a server
    /// of their own still go there.
    ///
    /// # Errors
    /// [`TargetError::UnknownRegion`].
    pub fn region(mut self, region: &str) -> Result<Self, TargetError> {
        let origins = self.api.origins.iter();
        let found = origins.clone().find(|origin| origin.region.eq_ignore_ascii_case(region));
        let unknown = || TargetError::UnknownRegion {
            region: region.to_owned(),
            known: origins.map(|origin| origin.region).collect(),
        };
        self.region = Some(found.ok_or_else(unknown)?.url);
        Ok(self)
    }

    /// Names the person on whose behalf calls are made, by e-mail address or by the API's id: what
    /// holds an `@` is an address, where the API takes both.
    ///
    /// # Errors
    /// [`TargetError::ActingUser`].
    pub fn acting_as(mut self, user: &str) -> Result<Self, TargetError> {
        let known = self.api.acting_user;
        let (name, taken) = match known.map(|headers| (headers.email, headers.id)) {
            Some((email @ Some(_), Some(_))) if user.contains('@') => (email, "an e-mail address"),
            Some((Some(_), id @ Some(_))) => (id, "an id or e-mail address"),
            Some((email, None)) => (email.filter(|_| user.contains('@')), "an e-mail address"),
            Some((None, id)) => (id, "an id"),
            None => (None, "nobody"),
        };
        let fault =
            || TargetError::ActingUser { api: self.api.title, taken, given: user.to_owned() };
        let header = name.and_then(|name| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(user).ok()?))
        });
        let (name, value) = header.filter(|_| !user.is_empty()).ok_or_else(fault)?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// The whole request: URL, headers, credentials, encoded body.
    ///
    /// # Errors
    /// When no credential fits, the document names no server and none was given, or a part of it
    /// cannot stand in a request.
    pub fn complete(&self, request: Request) -> Result<http::Request<Bytes>, TransportError> {
        let (head, content) = self.complete_with(&self.credentials, request)?.into_parts();
        match content {
            Content::Whole(content) => Ok(http::Request::from_parts(head, content)),
            Content::Streamed { .. } => Err(unsendable(
                "a file that is read as it is sent is for the client of the feature `reqwest`",
            )),
        }
    }

    /// Where requests go whose operation has no server of its own; `None` when nobody said.
    #[cfg(feature = "reqwest")]
    pub(crate) fn base(&self) -> Option<&str> {
        self.origin.as_deref().or_else(|| self.server())
    }

    /// Whether requests go elsewhere than to the document's servers.
    #[cfg(feature = "reqwest")]
    pub(crate) fn is_moved(&self) -> bool {
        self.origin.is_some()
    }

    #[cfg(feature = "reqwest")]
    pub(crate) fn own_credentials(&self) -> &Credentials {
        &self.credentials
    }

    #[cfg(feature = "reqwest")]
    pub(crate) fn user_agent(mut self, value: HeaderValue) -> Self {
        self.headers.insert(http::header::USER_AGENT, value);
        self
    }

    /// The server of the document.
    fn server(&self) -> Option<&'static str> {
        self.region.or_else(|| Some(self.api.origins.first()?.url))
    }

    /// The same with other credentials.
    pub(crate) fn complete_with(
        &self,
        credentials: &Credentials,
        mut request: Request,
    ) -> Result<http::Request<Content>, TransportError> {
        credentials.apply(self.api.schemes, &mut request)?;
        let stated = self.origin.as_deref().or(request.operation.origin).or_else(|| self.server());
        let origin = stated.ok_or_else(|| {
            unsendable("the document names no server: give one with `Target::origin`")
        })?;
        let url = format!("{}{}", origin.trim_end_matches('/'), request.path_and_query());
        let mut out = http::Request::builder()
            .method(request.method)
            .uri(url)
            .body(Content::Whole(Bytes::new()))
            .map_err(unsendable)?;
        out.headers_mut().clone_from(&self.headers);
        if !request.operation.accept.is_empty() {
            out.headers_mut().insert(ACCEPT, HeaderValue::from_static(request.operation.accept));
        }
        out.headers_mut().extend(request.headers);
        if let Some((content_type, content)) = request.body.into_content() {
            out.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::try_from(&*content_type).map_err(unsendable)?);
            *out.body_mut() = content;
        }
        Ok(out)
    }

    /// A transport that completes each request and hands it to `send`.
    pub fn transport<S, F>(self, send: S) -> impl Transport
    where
        S: Fn(http::Request<Bytes>) -> F + Send + Sync,
        F: Future<Output = Result<StreamingResponse, Box<dyn Error + Send + Sync>>>
            + Send
            + 'static,
    {
        Sender { target: self, send }
    }
}

struct Sender<S> {
    target: Target,
    send: S,
}

impl<S, F> Transport for Sender<S>
where
    S: Fn(http::Request<Bytes>) -> F + Send + Sync,
    F: Future<Output = Result<StreamingResponse, Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let answer = self.target.complete(request).map(&self.send);
        Box::pin(async move { answer?.await.map_err(TransportError::Unreachable) })
    }
}

fn unsendable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
    TransportError::Unreachable(reason.into())
}
