//! The HTTP+SSE transport of 2024-11-05, for clients that know no other: a stream per client,
//! answers go into it.
//!
//! A stream lives on the node that it was opened on, so this transport, unlike the other, needs
//! sticky routing where there are several nodes.

use std::collections::HashSet;
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use http::{HeaderMap, StatusCode};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::reply::Answer;
use super::{Endpoint, is_json, line};
use crate::provision::{TokenHash, random_id};

/// How many streams are open at most; the one used longest ago gives way.
const STREAMS: u64 = 1000;
/// How long a stream may go without a message from its client.
const IDLE: Duration = Duration::from_secs(3600);
/// How many answers may wait in a stream.
const WAITING: usize = 64;
/// How often a comment keeps the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The open streams of this node; cheap to clone.
#[derive(Debug, Clone)]
pub struct Streams(Cache<Box<str>, Client>);

#[derive(Debug, Clone)]
struct Client {
    /// The URL that the stream was opened by.
    url: TokenHash,
    events: mpsc::Sender<Bytes>,
    ended: CancellationToken,
}

impl Default for Streams {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(STREAMS)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(IDLE)
                .build(),
        )
    }
}

impl Streams {
    /// Opens a stream by `url`; its first event says where to post, as `address` makes it from
    /// the session's id.
    pub fn open(
        &self,
        url: TokenHash,
        address: impl FnOnce(&str) -> String,
    ) -> BoxStream<'static, Result<Bytes, Infallible>> {
        let session: Box<str> = random_id("").into();
        let first = event("endpoint", address(&session).as_bytes());
        let (events, receiver) = mpsc::channel(WAITING);
        let ended = CancellationToken::new();
        self.0.insert(session.clone(), Client { url, events, ended: ended.clone() });
        let open = Open { receiver, ended, first: Some(first), streams: self.clone(), session };
        stream::unfold(open, |mut open| async move {
            let bytes = if let Some(first) = open.first.take() {
                first
            } else {
                tokio::select! {
                    () = open.ended.cancelled() => return None,
                    event = open.receiver.recv() => event?,
                    () = tokio::time::sleep(KEEP_ALIVE) => Bytes::from_static(b": keep-alive\n\n"),
                }
            };
            Some((Ok(bytes), open))
        })
        .boxed()
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().count()
    }

    /// The URLs by which streams are open.
    #[must_use]
    pub fn urls(&self) -> HashSet<TokenHash> {
        self.0.iter().map(|(_, client)| client.url).collect()
    }

    /// Ends the streams that were opened by `url`.
    pub fn end(&self, url: &TokenHash) {
        for (session, client) in self.0.iter().filter(|(_, client)| client.url == *url) {
            client.ended.cancel();
            self.0.invalidate(&**session);
        }
    }

    /// Takes a message for the stream `session` of `url`; the answer to it goes into the stream.
    pub async fn post(
        &self,
        endpoint: &Endpoint<'_>,
        url: &TokenHash,
        session: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Answer {
        if !is_json(headers) {
            return Answer::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                r#"{"error":"the content type must be application/json"}"#,
            );
        }
        let Some(client) = self.0.get(session).filter(|client| client.url == *url) else {
            return Answer::not_found();
        };
        if let Some(line) = line(endpoint, body).await {
            // A client that has gone wants no answer.
            let _ = client.events.send(event("message", &line)).await;
        }
        Answer::new(StatusCode::ACCEPTED, Bytes::new())
    }
}

/// A stream; dropping it ends the session.
struct Open {
    receiver: mpsc::Receiver<Bytes>,
    ended: CancellationToken,
    first: Option<Bytes>,
    streams: Streams,
    session: Box<str>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.0.invalidate(&self.session);
    }
}

/// One event; `data` holds no line break.
fn event(name: &str, data: &[u8]) -> Bytes {
    let mut bytes = format!("event: {name}\ndata: ").into_bytes();
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::call::CallContext;
    use crate::call::testing::{Vendor, everything, pipeline};
    use crate::call_log::Recorder;
    use crate::provision::ToolExposure;

    #[tokio::test]
    async fn answers_go_into_the_stream_of_their_session_and_url() {
        let (vendor, toolset, pipeline) = (Vendor::with_rows(1), everything(), pipeline(1000));
        let context = CallContext {
            account: "acc",
            transport: &vendor,
            toolset,
            recorder: Recorder::default(),
            digits: None,
        };
        let endpoint = Endpoint { context, exposure: ToolExposure::All, pipeline: &pipeline };
        let streams = Streams::default();
        let (one, other) = (TokenHash::of("one"), TokenHash::of("other"));
        let mut open = streams.open(one, |session| format!("/at?session={session}"));
        let first = String::from_utf8(open.next().await.unwrap().unwrap().to_vec()).unwrap();
        let session = first
            .strip_prefix("event: endpoint\ndata: /at?session=")
            .unwrap()
            .trim_end()
            .to_owned();
        let headers = HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )]);
        let ping = &Bytes::from_static(br#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#);
        for (url, session) in [(&other, session.as_str()), (&one, "other")] {
            assert_eq!(streams.post(&endpoint, url, session, &headers, ping).await.status, 404);
        }
        assert_eq!(streams.post(&endpoint, &one, &session, &headers, ping).await.status, 202);
        let event = open.next().await.unwrap().unwrap();
        assert_eq!(event, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n");
        drop(open);
        assert_eq!(streams.post(&endpoint, &one, &session, &headers, ping).await.status, 404);
    }
}
