//! Connections: bounded in number, by address, and in patience with those that say nothing or do
//! not read; ended in order.

mod caller;
mod peers;
mod visit;
mod watched;

use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{collections::VecDeque, convert::Infallible};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::{Builder, Connection};
use pin_project_lite::pin_project;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use self::peers::{CONNECTIONS, Peers};
use self::peers::{Limit, Seat, UnderWay};
use self::visit::{End, Visit};
use self::watched::{WatchedBody, WatchedStream};
use crate::admin::Problem;
use crate::host_policy::CallerAddress;

/// How long a connection may leave us waiting. A request under way bounds itself; while it is
/// worked on, its client may be silent.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the beginning of a connection to its first byte.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its head; with HTTP/2 that of the first
    /// request.
    pub head: Duration,
    /// From the end of a request to the next one: longer than clients and balancers keep idle
    /// connections.
    pub idle: Duration,
    /// During which a client that has something to read must read some of it.
    pub unread: Duration,
    /// How late a deadline may be noticed that begins while another one is waited for.
    pub tick: Duration,
    /// How long connections without a request under way may last when the program ends.
    pub leave: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(20),
            idle: Duration::from_secs(120),
            unread: Duration::from_secs(30),
            tick: Duration::from_secs(5),
            leave: Duration::from_millis(400),
        }
    }
}

/// How often HTTP/2 peers are asked whether they are still there.
const PING: Duration = Duration::from_secs(30);
/// How many requests an HTTP/2 connection may have under way.
const STREAMS: u32 = 256;
/// How long to wait when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);
/// Turned away connections that are kept until their clients have read why, and how long.
const LINGERING: usize = 128;
const LINGER: Duration = Duration::from_millis(500);
/// Seconds after which to try again, for those turned away.
const TRY_AGAIN: u64 = 5;

/// Serves until `shutdown`, and then until every request that was under way is answered, or until
/// `cut`. Connections without one end at once then; further ones are let in, so that whoever asks
/// is told, and end with their first answer.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    peers: Arc<Peers>,
    shutdown: CancellationToken,
    cut: CancellationToken,
) {
    notice_dead_peers(&listener, peers.patience());
    let builder = builder();
    let open = TaskTracker::new();
    let mut refused = Refused::default();
    let ended = async {
        shutdown.cancelled().await;
        open.close();
        open.wait().await;
    };
    let mut ended = pin!(ended);
    loop {
        let accepted = tokio::select! {
            () = ended.as_mut() => break,
            () = refused.next_gone() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_no_room(&error) => {
                peers.complain(Limit::OpenFiles);
                tokio::time::sleep(NO_ROOM).await;
                continue;
            }
            // A client that was faster to leave.
            Err(_) => continue,
        };
        match peers.admit(peer.ip()) {
            Ok(seat) => {
                let is_late = shutdown.is_cancelled();
                // Its first answer ends a late one; told at once it would end before that.
                let told = if is_late { CancellationToken::new() } else { shutdown.clone() };
                let end = attend(builder.clone(), stream, router.clone(), seat, told);
                let cut = cut.clone();
                let watched = async move { cut.run_until_cancelled(end).await };
                if is_late {
                    tokio::spawn(watched)
                } else {
                    open.spawn(watched)
                };
            }
            Err(limit) => {
                peers.complain(limit);
                refused.reject(stream);
            }
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Heads have their clock in `attend`, which costs no timer a request.
    builder.http1().header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .max_concurrent_streams(STREAMS);
    builder
}

/// Has the system end connections whose peers have vanished: silent ones are asked, unacknowledged
/// bytes are waited for. It gives up later than we do, because it tells nobody: neither the peer
/// nor our count. Accepted sockets inherit it from the one that listens.
fn notice_dead_peers(listener: &TcpListener, patience: &Patience) {
    let socket = SockRef::from(listener);
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15))
        .with_retries(4);
    let mut set = socket.set_tcp_keepalive(&keepalive).and_then(|()| socket.set_tcp_nodelay(true));
    #[cfg(target_os = "linux")]
    {
        set = set.and_then(|()| socket.set_tcp_user_timeout(Some(patience.unread * 2)));
    }
    if let Err(error) = set {
        tracing::warn!(%error, "connections whose peers vanish will be noticed late");
    }
}

/// The table of open files, or the memory for sockets, is full.
fn is_no_room(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| {
        [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM].contains(&code)
    })
}

/// Serves one connection to its end, and ends it when it leaves us waiting for too long.
async fn attend(
    builder: Builder<TokioExecutor>,
    stream: TcpStream,
    router: Router,
    seat: Seat,
    shutdown: CancellationToken,
) {
    let patience = *seat.peers().patience();
    let visit = Arc::new(Visit::begin());
    let visitor = Visitor { router, visit: Arc::clone(&visit), seat };
    let stream = TokioIo::new(WatchedStream::new(stream, Arc::clone(&visit)));
    let mut connection: Pin<&mut Connection<'_, _, Visitor, _>> =
        pin!(builder.serve_connection(stream, visitor));
    let mut clock = pin!(sleep_until(Instant::now() + patience.first_byte.min(patience.tick)));
    let mut told = pin!(shutdown.cancelled());
    let mut leaving = false;
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = clock.as_mut() => {
                let late = visit.late(&patience);
                if leaving && visit.may_go() {
                    return;
                }
                match late {
                    Ok(left) => clock.as_mut().reset(Instant::now() + left.min(if leaving { patience.leave } else { patience.tick })),
                    // In order, so that a request that is on its way to us at this moment is known
                    // to be lost.
                    Err(End::Idle) => {
                        End::Idle.note();
                        connection.as_mut().graceful_shutdown();
                        leaving = true;
                        clock.as_mut().reset(Instant::now() + patience.leave);
                    }
                    Err(end) => {
                        visit.abort();
                        return end.note();
                    }
                }
            }
            () = told.as_mut(), if !leaving => {
                connection.as_mut().graceful_shutdown();
                leaving = true;
                clock.as_mut().reset(Instant::now() + patience.leave);
            }
        }
    }
}

/// Answers the requests of one connection.
struct Visitor {
    router: Router,
    visit: Arc<Visit>,
    seat: Seat,
}

impl hyper::service::Service<Request<Incoming>> for Visitor {
    type Response = Response<WatchedBody>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, mut request: Request<Incoming>) -> Answering {
        let asked = self.visit.ask(request.version());
        let (address, under_way) = match self.caller(request.headers()) {
            Ok(caller) => caller,
            Err(limit) => {
                self.seat.peers().complain(limit);
                return Answering { router: None, asked: Some(asked), under_way: None };
            }
        };
        request.extensions_mut().insert(CallerAddress(address));
        Answering { router: Some(self.router.clone().call(request)), asked: Some(asked), under_way }
    }
}

impl Visitor {
    /// On whose behalf a request is made; behind a trusted proxy, with its place among that
    /// caller's requests under way.
    fn caller(&self, headers: &http::HeaderMap) -> Result<(IpAddr, Option<UnderWay>), Limit> {
        let (peers, address) = (self.seat.peers(), self.seat.address());
        if !self.seat.is_trusted() {
            return Ok((address, None));
        }
        let address = caller::behind(peers.trusted_proxies(), address, headers);
        Ok((address, Some(peers.begin_request(address)?)))
    }
}

pin_project! {
    /// The answer to one request; `None`: its caller has too many under way.
    struct Answering {
        #[pin]
        router: Option<RouteFuture<Infallible>>,
        asked: Option<visit::Asked>,
        under_way: Option<UnderWay>,
    }
}

impl Future for Answering {
    type Output = Result<Response<WatchedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Ok(response) = match this.router.as_pin_mut() {
            Some(router) => ready!(router.poll(context)),
            None => Ok(too_many()),
        };
        let asked = this.asked.take();
        let under_way = this.under_way.take();
        Poll::Ready(Ok(WatchedBody::watch(response, asked, under_way)))
    }
}

/// The answer to a caller behind a proxy that has too many requests under way.
fn too_many() -> Response<Body> {
    let detail = "too many requests of this address are under way; try again in a few seconds";
    let mut response = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(TRY_AGAIN));
    response
}

/// Connections that have been turned away and are kept for a moment, so that the answer is read
/// before they end: with bytes left unread a close would take it back. They cost no task, and are
/// bounded.
#[derive(Default)]
struct Refused(VecDeque<(Instant, TcpStream)>);

impl Refused {
    fn reject(&mut self, stream: TcpStream) {
        const BODY: &str = r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"too many connections are open; try again in a few seconds"}"#;
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: {TRY_AGAIN}\r\ncontent-type: application/problem+json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{BODY}",
            BODY.len()
        );
        let socket = SockRef::from(&stream);
        // The buffers of a new socket are empty; a client that has gone wants no answer.
        let told = (&*socket)
            .write_all(answer.as_bytes())
            .and_then(|()| socket.shutdown(std::net::Shutdown::Write));
        if told.is_ok() {
            if self.0.len() >= LINGERING {
                self.end_first();
            }
            self.0.push_back((Instant::now() + LINGER, stream));
        }
    }

    /// Ends the next one whose time has come; never returns while there is none.
    async fn next_gone(&mut self) {
        let Some((until, _)) = self.0.front() else { return std::future::pending().await };
        sleep_until(*until).await;
        self.end_first();
    }

    fn end_first(&mut self) {
        let Some((_, stream)) = self.0.pop_front() else { return };
        let mut scratch = [0; 4096];
        let socket = SockRef::from(&stream);
        for _ in 0..16 {
            match (&*socket).read(&mut scratch) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    }
}

#[cfg(test)]
mod tests;
