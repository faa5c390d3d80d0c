//! Hand-made MCP messages over Streamable HTTP, so that bytes and headers can be seen.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::http::{Answer, send};

/// One MCP URL.
#[derive(Debug, Clone)]
pub(crate) struct Mcp {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) server_id: String,
    pub(crate) account_id: String,
}

/// What a `tools/call` brought.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    pub(crate) answer: Answer,
    pub(crate) result: Value,
}

impl Called {
    pub(crate) fn is_error(&self) -> bool {
        self.result["isError"] == true
    }

    /// `structuredContent`, which must be what the text holds too.
    #[track_caller]
    pub(crate) fn content(&self) -> &Value {
        let structured = &self.result["structuredContent"];
        let text = self.result["content"][0]["text"]
            .as_str()
            .unwrap_or_else(|| panic!("no text: {}", self.result));
        let from_text: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(structured, &from_text, "text and structured content differ");
        structured
    }

    /// The content of a success.
    #[track_caller]
    pub(crate) fn success(&self) -> &Value {
        assert!(!self.is_error(), "{}", self.result);
        self.content()
    }

    /// The member `error` of a failure of this kind.
    #[track_caller]
    pub(crate) fn failure(&self, kind: &str) -> &Value {
        assert!(self.is_error(), "{}", self.result);
        let error = &self.content()["error"];
        assert_eq!(error["kind"], kind, "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        error
    }

    /// The pointers of all argument faults, in order.
    #[track_caller]
    pub(crate) fn fault_pointers(&self) -> Vec<String> {
        let faults =
            self.failure("invalid_arguments")["faults"].as_array().expect("faults are a list");
        let pointers = faults.iter().map(|fault| {
            assert!(fault["expected"].as_str().is_some_and(|text| !text.is_empty()), "{fault}");
            fault["pointer"].as_str().expect("a fault has a pointer").to_owned()
        });
        let mut pointers: Vec<String> = pointers.collect();
        pointers.sort();
        pointers
    }
}

impl Mcp {
    /// The same URL with a query.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self { url: format!("{}?{query}", self.url), ..self.clone() }
    }

    /// Sends one message.
    pub(crate) async fn post(&self, message: &Value) -> Answer {
        self.post_with(message, &[]).await
    }

    /// Sends one message with further headers.
    pub(crate) async fn post_with(&self, message: &Value, further: &[(&str, &str)]) -> Answer {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        headers.extend_from_slice(further);
        send(Method::POST, &self.url, &headers, Some(Bytes::from(message.to_string())))
            .await
            .expect("the program answers")
    }

    /// Sends one request of the era with a handshake and gives its `result`.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        async move {
            let mut body = self
                .post_with(&message, &[("mcp-protocol-version", "2025-11-25")])
                .await
                .expect(200);
            assert!(body["error"].is_null(), "{body}");
            body["result"].take()
        }
    }

    /// The listed tools.
    pub(crate) async fn list(&self) -> Vec<Value> {
        let result = self.request("tools/list", json!({})).await;
        assert!(result.get("nextCursor").is_none(), "the list is never paginated");
        result["tools"].as_array().expect("tools are a list").clone()
    }

    /// The names of the listed tools.
    pub(crate) async fn names(&self) -> Vec<String> {
        self.list()
            .await
            .iter()
            .map(|tool| tool["name"].as_str().expect("a tool has a name").to_owned())
            .collect()
    }

    /// A `tools/call` as sent, whatever comes back.
    pub(crate) async fn call_raw(&self, tool: &str, arguments: &Value) -> Answer {
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
        self.post_with(&message, &[("mcp-protocol-version", "2025-11-25")]).await
    }

    /// Calls a tool that the server offers.
    pub(crate) async fn call(&self, tool: &str, arguments: &Value) -> Called {
        let answer = self.call_raw(tool, arguments).await;
        let body = answer.expect(200);
        assert!(body["error"].is_null(), "{tool}: {body}");
        Called { answer, result: body["result"].clone() }
    }

    /// Every item of a list tool, page by page; also the number of pages.
    pub(crate) async fn walk(
        &self,
        tool: &str,
        arguments: &Value,
        limit: u32,
    ) -> (Vec<Value>, usize) {
        let mut arguments = arguments.clone();
        arguments["limit"] = limit.into();
        let (mut items, mut pages) = (Vec::new(), 0);
        loop {
            let called = self.call(tool, &arguments).await;
            let page = called.success();
            let rows = page["result"].as_array().unwrap_or_else(|| panic!("{tool}: {page}"));
            assert!(
                rows.len() <= limit as usize,
                "{tool}: {} rows in a page of {limit}",
                rows.len()
            );
            items.extend(rows.iter().cloned());
            pages += 1;
            assert!(pages < 500, "{tool} never ends");
            match &page["next_cursor"] {
                Value::Null => return (items, pages),
                cursor => arguments["next_cursor"] = cursor.clone(),
            }
        }
    }
}
