//! A server on the loopback interface that remembers what it was asked.

#![allow(dead_code, unreachable_pub, reason = "no test program uses all of it")]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// How many came before it.
    pub nth: usize,
    pub method: Method,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub struct Vendor {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// An answer.
pub fn reply(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(status).body(body.into()).unwrap()
}

impl Vendor {
    /// Answers as `answer` says.
    pub async fn start(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let journal = Arc::clone(&seen);
        let app = Router::new().fallback(move |request: Request<Body>| async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let mut journal = journal.lock().unwrap();
            let one = Seen {
                nth: journal.len(),
                method: head.method,
                path: head.uri.to_string(),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            journal.push(one.clone());
            drop(journal);
            answer(&one)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    /// The same with a token endpoint, which grants `t0`, `t1` and so on for `lifetime` seconds.
    pub async fn with_tokens(
        lifetime: u64,
        answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let granted = Arc::new(Mutex::new(0));
        Self::start(move |seen| {
            if seen.path != "/token" {
                return answer(seen);
            }
            let mut granted = granted.lock().unwrap();
            let token = format!(r#"{{"access_token": "t{granted}", "expires_in": {lifetime}}}"#);
            *granted += 1;
            reply(200, token)
        })
        .await
    }

    /// Takes connections and says nothing.
    pub async fn mute() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                open.push(listener.accept().await.unwrap());
            }
        });
        Self { url, seen: Arc::default() }
    }

    /// Breaks off as many connections, then answers 200.
    pub async fn breaking(times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for nth in 0.. {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut read = [0; 1024];
                let _ = connection.read(&mut read).await;
                if nth >= times {
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    connection.write_all(answer).await.unwrap();
                }
            }
        });
        Self { url, seen: Arc::default() }
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    pub fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    pub fn seen_at(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|call| call.path == path).cloned().collect()
    }
}
