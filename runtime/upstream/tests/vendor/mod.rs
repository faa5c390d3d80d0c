//! Vendors on this machine that answer as a test wants, or not at all, and the way to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use support::security::{NamedScheme, SecurityScheme};
use support::{Api, OperationInfo, Request, Segment, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use upstream::{AccountCredentials, OAuthClient, Origin, Settings, Upstream};

/// What a vendor does with a request, but for its head, which is read before.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// Says nothing, until it does something else: then it ends the connection.
    Mute,
    /// Says this.
    Answers(Arc<[u8]>),
}

/// A vendor; it ends with the test's runtime.
pub(crate) struct Vendor {
    pub(crate) host: String,
    behaviour: watch::Sender<Behaviour>,
    pub(crate) requests: Arc<AtomicUsize>,
}

impl Vendor {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (behaviour, seen) = watch::channel(behaviour);
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(attend(stream, seen.clone(), Arc::clone(&counter)));
            }
        });
        Self { host, behaviour, requests }
    }

    /// A vendor that answers with a body.
    pub(crate) async fn saying(body: &str) -> Self {
        Self::start(plain(body)).await
    }

    pub(crate) fn now(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// Ends the connections on which it says nothing; later ones get no answer either.
    pub(crate) fn hang_up(&self) {
        self.behaviour.send_replace(Behaviour::Answers(Arc::default()));
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// A whole JSON answer.
pub(crate) fn plain(body: &str) -> Behaviour {
    let length = body.len();
    Behaviour::Answers(
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes().into(),
    )
}

async fn attend(
    mut stream: TcpStream,
    seen: watch::Receiver<Behaviour>,
    counter: Arc<AtomicUsize>,
) {
    let mut scratch = vec![0; 65_536];
    loop {
        // A request of a test is one segment.
        if !matches!(stream.read(&mut scratch).await, Ok(1..)) {
            return;
        }
        counter.fetch_add(1, Ordering::Relaxed);
        let behaviour = seen.borrow().clone();
        match behaviour {
            Behaviour::Mute => {
                // The test may have ended.
                let _ = seen.clone().wait_for(|now| !matches!(now, Behaviour::Mute)).await;
                return;
            }
            Behaviour::Answers(bytes) if stream.write_all(&bytes).await.is_err() => return,
            Behaviour::Answers(_) => {}
        }
    }
}

static OPERATION: OperationInfo = OperationInfo {
    id: "read",
    method: Method::GET,
    path: "/read",
    segments: &[Segment::Literal("/read")],
    origin: None,
    accept: "application/json",
    security: &[],
};

/// The API of these vendors: a bearer token, or client credentials that its `/token` turns into
/// one.
pub(crate) static API: Api = Api {
    slug: "demo",
    title: "Demo",
    schemes: &[NamedScheme {
        name: "oauth",
        scheme: SecurityScheme::OAuth2 {
            authorization_url: None,
            token_url: Some("/token"),
            scopes: &[],
        },
    }],
    ..Api::EMPTY
};

pub(crate) fn way_out(settings: Settings, vendors: &[&Vendor]) -> Upstream {
    let upstream_hosts = vendors.iter().map(|vendor| vendor.host.parse().unwrap()).collect();
    Upstream::new(Settings { upstream_hosts, ..settings }).unwrap()
}

/// An account at a vendor.
pub(crate) fn account(
    upstream: &Upstream,
    vendor: &Vendor,
    credentials: AccountCredentials,
) -> Arc<dyn Transport> {
    let listed = &upstream.settings().upstream_hosts;
    let origin =
        Origin::parse(&API, Some(&format!("http://{}", vendor.host)), None, listed).unwrap();
    upstream.transport(&API, origin, credentials, None)
}

/// A token that no grant brings.
pub(crate) fn bearer() -> AccountCredentials {
    AccountCredentials::bearer("t")
}

/// What the API's `/token` turns into a token.
pub(crate) fn client_credentials() -> AccountCredentials {
    let client = OAuthClient { id: "i".to_owned(), secret: "s".into(), scopes: Vec::new() };
    AccountCredentials::ClientCredentials { client, acting_user: None }
}

pub(crate) fn request() -> Request {
    Request::builder(&OPERATION).build().unwrap()
}
