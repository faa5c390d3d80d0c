//! Calls that reach the sandbox without a network, for tests.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use futures_util::future::BoxFuture;
use http::{Method, header};
use sandbox::{Options, Sandbox};
use serde_json::{Map, Value, json};
use support::{Request, StreamingResponse, Transport, TransportError};
use tower::ServiceExt as _;

use crate::call::testing::pipeline;
use crate::call::{CallContext, Pipeline};
use crate::call_log::Recorder;
use crate::toolset::{Filter, Toolset};

/// A request as it reached the vendor.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

/// An account at a sandbox tenant.
pub(super) struct Account {
    pub(super) sandbox: Sandbox,
    router: axum::Router,
    tokens: [String; 2],
    sent: Mutex<Vec<Sent>>,
    pipeline: Pipeline,
    toolset: Toolset,
}

impl Account {
    pub(super) fn of(slug: &str, filter: &Filter) -> Self {
        let options = Options { rate_limits: false, journal_capacity: 0, ..Options::default() };
        let (token, scim) = match slug {
            "ironclad" => (&options.ironclad_token, &options.ironclad_token),
            _ => (&options.torii_token, &options.torii_scim_token),
        };
        let tokens = [token.clone(), scim.clone()];
        let api = crate::apis::apis().iter().find(|api| api.slug == slug).unwrap();
        let toolset = Toolset::build(&Arc::new(super::catalogue(api)), filter);
        let sandbox = Sandbox::new(options);
        let (router, sent) = (sandbox.router(), Mutex::default());
        Self { router, sandbox, tokens, sent, pipeline: pipeline(64_000), toolset }
    }

    /// Calls a tool; its answer, and the texts beside it.
    pub(super) async fn call(&self, tool: &str, arguments: Value) -> (Value, Vec<String>) {
        let context = CallContext {
            account: "acc",
            transport: self,
            toolset: &self.toolset,
            recorder: Recorder::default(),
            digits: None,
        };
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let outcome = self.pipeline.call(&context, tool, arguments).await.unwrap();
        let texts = outcome.blocks.iter().filter_map(|block| block.0["text"].as_str());
        let texts = texts.map(str::to_owned).collect();
        (serde_json::from_str(outcome.json()).unwrap(), texts)
    }

    /// What is wrong with a call, by pointer.
    pub(super) async fn faults(&self, tool: &str, arguments: Value) -> Map<String, Value> {
        let (answer, _) = self.call(tool, arguments).await;
        let faults = answer["error"]["faults"].as_array().cloned();
        let faults = faults.unwrap_or_else(|| panic!("faults in {answer}"));
        let named =
            faults.into_iter().map(|fault| (fault["pointer"].as_str().unwrap().to_owned(), fault));
        named.collect()
    }

    /// The bodies of the requests that change something, so far.
    pub(super) fn written(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        let writes = sent.iter().filter(|sent| sent.method != Method::GET);
        writes.map(|sent| sent.body.clone()).collect()
    }

    /// How many requests that change something there were, so far.
    pub(super) fn writes(&self) -> usize {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|sent| sent.method != Method::GET).count()
    }

    /// The paths that were read, so far.
    pub(super) fn read(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let reads = sent.iter().filter(|sent| sent.method == Method::GET);
        reads.map(|sent| sent.path.clone()).collect()
    }

    /// What the vendor says to a request, past every check of ours.
    pub(super) async fn straight(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.tokens[0]))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-api-version", "1.1")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

impl Transport for Account {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        Box::pin(async move {
            let path = request.path_and_query();
            let token = &self.tokens[usize::from(path.contains("/scim/"))];
            let mut outgoing = http::Request::builder()
                .method(request.method.clone())
                .uri(&path)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header("x-api-version", "1.1");
            let mut content = Vec::new();
            let (media, sent) = request.body.into_content().unzip();
            if let (Some(media), Some(support::Content::Whole(bytes))) = (media, sent) {
                outgoing = outgoing.header(header::CONTENT_TYPE, media.as_ref());
                content = bytes.to_vec();
            }
            let body = serde_json::from_slice(&content).unwrap_or(json!(null));
            self.sent.lock().unwrap().push(Sent { method: request.method, path, body });
            let outgoing = outgoing.body(Body::from(content)).unwrap();
            let response = self.router.clone().oneshot(outgoing).await.unwrap();
            let (head, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
            let stream = futures_util::stream::once(async move { Ok(bytes) });
            Ok(StreamingResponse {
                status: head.status,
                headers: head.headers,
                body: Box::pin(stream),
            })
        })
    }

    fn origin(&self) -> Option<&str> {
        Some("https://eu1.vendor.example")
    }
}
