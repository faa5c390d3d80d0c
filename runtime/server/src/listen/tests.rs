use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Extension;
use axum::routing::get;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const PATIENCE: Patience = Patience {
    first_byte: Duration::from_millis(300),
    head: Duration::from_millis(300),
    idle: Duration::from_millis(700),
    unread: Duration::from_millis(300),
    tick: Duration::from_millis(20),
    leave: Duration::from_millis(100),
};
/// Longer than any patience here, shorter than that of whoever waits for a test.
const LONG: Duration = Duration::from_secs(20);

/// A server on a port of this machine, within a test.
struct Case {
    address: SocketAddr,
    peers: Arc<Peers>,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
    /// Lets `/slow` answer.
    gate: Arc<Notify>,
    /// How many of these are under way.
    slow: Arc<AtomicUsize>,
}

impl Case {
    async fn new(connections: usize, per_address: usize, trusted: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let peers = Peers::with(connections, per_address, trusted.parse().unwrap(), PATIENCE);
        let (gate, slow) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let shutdown = CancellationToken::new();
        let (held, counter) = (Arc::clone(&gate), Arc::clone(&slow));
        let wait = move || {
            let (held, counter) = (Arc::clone(&held), Arc::clone(&counter));
            async move {
                counter.fetch_add(1, Ordering::Relaxed);
                held.notified().await;
                "slow"
            }
        };
        let ended = shutdown.clone();
        let events = move || {
            let ended = ended.clone().cancelled_owned();
            let first = futures_util::stream::iter([Ok::<_, Infallible>("data: x\n\n")]);
            async move {
                (
                    [("content-type", "text/event-stream")],
                    Body::from_stream(
                        first.chain(futures_util::stream::pending()).take_until(ended),
                    ),
                )
            }
        };
        let router = Router::new()
            .route(
                "/",
                get(async |Extension(CallerAddress(address)): Extension<CallerAddress>| {
                    address.to_string()
                }),
            )
            .route("/slow", get(wait))
            .route("/events", get(events))
            .route("/large", get(async || vec![b'x'; 64 << 20]));
        let served = tokio::spawn(serve(
            listener,
            router,
            Arc::clone(&peers),
            shutdown.clone(),
            CancellationToken::new(),
        ));
        Self { address, peers, shutdown, served, gate, slow }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection from another address of this machine.
    async fn connect_from(&self, address: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    fn open(&self) -> usize {
        self.peers.counted().0
    }

    /// Waits until so many slow requests are under way.
    async fn slow(&self, count: usize) {
        until(|| self.slow.load(Ordering::Relaxed) == count).await;
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LONG);
        tokio::task::yield_now().await;
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Everything until the connection ends, and how long that took.
async fn rest(stream: &mut TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut bytes))
        .await
        .expect("the connection never ends");
    (String::from_utf8_lossy(&bytes).into_owned(), begun.elapsed())
}

/// Reads until `end` has come.
async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(tokio::time::timeout(LONG, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn connections_that_say_nothing_or_not_enough_end() {
    let case = Case::new(100, 100, "").await;
    for (said, patience) in [
        ("", PATIENCE.first_byte),
        ("PRI", PATIENCE.head),
        ("PRI * HTTP/2.0\r\n\r\nSM", PATIENCE.head),
        (PREFACE, PATIENCE.head),
        ("GET / HT", PATIENCE.head),
        ("GET / HTTP/1.1\r\nhost: localhost\r\n", PATIENCE.head),
    ] {
        let mut stream = case.connect().await;
        send(&mut stream, said).await;
        let (_, took) = rest(&mut stream).await;
        assert!(
            took >= patience.checked_sub(PATIENCE.tick).unwrap() && took < LONG / 4,
            "{said:?} {took:?}"
        );
    }
    until(|| case.open() == 0).await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_ends() {
    let case = Case::new(100, 100, "").await;
    for requests in [0, 1] {
        let mut stream = case.connect().await;
        for _ in 0..requests {
            send(&mut stream, GET).await;
            read_to(&mut stream, "127.0.0.1").await;
        }
        let begun = Instant::now();
        send(&mut stream, "GET / HTTP/1.1\r\n").await;
        let mut scratch = [0; 100];
        // One byte each time that there was nothing to read for a while.
        while tokio::time::timeout(Duration::from_millis(30), stream.read(&mut scratch))
            .await
            .is_err()
        {
            let _ = stream.write_all(b"x").await;
            assert!(begun.elapsed() < LONG, "each byte gave it further time");
        }
        assert!(begun.elapsed() < PATIENCE.idle, "{:?}", begun.elapsed());
    }
}

/// Lets time pass on a paused clock, and whoever waited for it act, on sockets too.
async fn pass(time: Duration) {
    tokio::time::advance(time).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn idle_connections_end_later_and_those_in_use_do_not() {
    // A runtime that is never idle does not move its clock while sockets are waited for.
    tokio::spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let case = Case::new(100, 100, "").await;
    let mut stream = case.connect().await;
    for _ in 0..6 {
        send(&mut stream, GET).await;
        read_to(&mut stream, "127.0.0.1").await;
        pass(PATIENCE.idle / 2).await;
    }
    send(&mut stream, GET).await;
    read_to(&mut stream, "127.0.0.1").await;
    let mut rest = pin!(rest(&mut stream));
    let took = loop {
        tokio::select! {
            (_, took) = &mut rest => break took,
            () = pass(PATIENCE.tick) => {}
        }
    };
    let late = PATIENCE.tick * 4 + PATIENCE.leave;
    assert!(
        took >= PATIENCE.idle.checked_sub(PATIENCE.tick).unwrap() && took <= PATIENCE.idle + late,
        "{took:?}"
    );
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn an_http2_peer_that_opens_no_further_stream_is_idle() {
    let case = Case::new(100, 100, "").await;
    let mut stream = case.connect().await;
    send(&mut stream, PREFACE).await;
    // SETTINGS, and GET / on localhost by the static table of HPACK.
    stream.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    let head = [&[0x82, 0x86, 0x84, 0x41, 9], b"localhost".as_slice()].concat();
    stream.write_all(&frame(1, 5, 1, &head)).await.unwrap();
    let begun = Instant::now();
    let mut scratch = [0; 1000];
    let mut received = Vec::new();
    loop {
        // It goes on talking: PING.
        let _ = stream.write_all(&frame(6, 0, 0, &[0; 8])).await;
        match tokio::time::timeout(Duration::from_millis(30), stream.read(&mut scratch)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(size)) => received.extend_from_slice(&scratch[..size]),
            Err(_) => {}
        }
        assert!(begun.elapsed() < LONG, "pings keep it for ever");
    }
    assert!(received.windows(9).any(|part| part == b"127.0.0.1"), "it was answered");
    assert!(
        begun.elapsed() >= PATIENCE.idle.checked_sub(PATIENCE.tick).unwrap(),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_request_under_way_may_be_waited_for_in_silence() {
    let case = Case::new(100, 100, "").await;
    let mut stream = case.connect().await;
    send(&mut stream, "GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut events = case.connect().await;
    send(&mut events, "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    read_to(&mut events, "data: x\n\n").await;
    let begun = Instant::now();
    until(|| begun.elapsed() > PATIENCE.idle * 2).await;
    assert_eq!(case.open(), 2);
    case.gate.notify_one();
    read_to(&mut stream, "slow").await;
}

#[tokio::test]
async fn an_answer_that_is_not_read_ends_and_one_that_is_read_slowly_does_not() {
    let case = Case::new(100, 100, "").await;
    let mut unread = case.connect().await;
    send(&mut unread, "GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    until(|| case.open() == 1).await;
    until(|| case.open() == 0).await;
    let mut stream = case.connect().await;
    send(&mut stream, "GET /large HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    let (mut piece, mut size) = (vec![0; 2 << 20], 0);
    let begun = Instant::now();
    loop {
        let count = stream.read(&mut piece).await.unwrap();
        if count == 0 {
            break;
        }
        size += count;
        let paused = Instant::now();
        until(|| paused.elapsed() > Duration::from_millis(20)).await;
    }
    assert!(size > 64 << 20 && begun.elapsed() > PATIENCE.unread, "{size} {:?}", begun.elapsed());
}

#[tokio::test]
async fn whoever_finds_no_room_is_told_so_at_once() {
    let case = Case::new(2, 100, "").await;
    let held = [case.connect().await, case.connect().await];
    until(|| case.open() == 2).await;
    for said in ["", GET, PREFACE] {
        let mut stream = case.connect().await;
        send(&mut stream, said).await;
        let (answer, took) = rest(&mut stream).await;
        assert!(
            answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 5\r\n"),
            "{said:?}: {answer}"
        );
        assert!(took < PATIENCE.first_byte, "{took:?}");
    }
    drop(held);
    until(|| case.open() == 0).await;
    let mut stream = case.connect().await;
    send(&mut stream, GET).await;
    read_to(&mut stream, "127.0.0.1").await;
}

#[tokio::test]
async fn one_address_leaves_room_for_others() {
    let case = Case::new(100, 2, "").await;
    let _held = [case.connect().await, case.connect().await];
    until(|| case.open() == 2).await;
    let (answer, _) = rest(&mut case.connect().await).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let mut other = case.connect_from("127.0.0.2").await;
    send(&mut other, GET).await;
    read_to(&mut other, "127.0.0.2").await;
}

#[tokio::test]
async fn behind_a_proxy_callers_share_as_if_they_came_themselves() {
    let case = Case::new(100, 2, "127.0.0.1").await;
    let ask = async |path: &str, caller: &str| {
        let mut stream = case.connect().await;
        send(
            &mut stream,
            &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nforwarded: for={caller}\r\n\r\n"),
        )
        .await;
        stream
    };
    let mut held = Vec::new();
    for number in 1..=2 {
        held.push(ask("/slow", "192.0.2.1").await);
        case.slow(number).await;
    }
    let answer = read_to(&mut ask("/", "192.0.2.1").await, "}").await;
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 5\r\n"),
        "{answer}"
    );
    let answer = read_to(&mut ask("/", "192.0.2.2").await, "192.0.2.2").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop(held);
    until(|| case.peers.counted().1 == 0).await;
    read_to(&mut ask("/", "192.0.2.1").await, "192.0.2.1").await;
    // Who is no trusted proxy names nobody but itself.
    let mut stream = case.connect_from("127.0.0.3").await;
    send(&mut stream, "GET / HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")
        .await;
    read_to(&mut stream, "127.0.0.3").await;
}

#[tokio::test]
async fn the_end_closes_what_is_idle_at_once_and_leaves_requests_to_end() {
    let case = Case::new(100, 100, "").await;
    let mut silent = case.connect().await;
    let mut idle = case.connect().await;
    send(&mut idle, GET).await;
    read_to(&mut idle, "127.0.0.1").await;
    let mut half = case.connect().await;
    send(&mut half, "GET / HTT").await;
    let mut http2 = case.connect().await;
    send(&mut http2, PREFACE).await;
    http2.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    let mut events = case.connect().await;
    send(&mut events, "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    read_to(&mut events, "data: x\n\n").await;
    let mut slow = case.connect().await;
    send(&mut slow, "GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    case.slow(1).await;
    until(|| case.open() == 6).await;
    let begun = Instant::now();
    case.shutdown.cancel();
    for stream in [&mut silent, &mut idle, &mut half, &mut http2, &mut events] {
        rest(stream).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    until(|| begun.elapsed() > PATIENCE.leave * 5).await;
    assert_eq!(case.open(), 1);
    assert!(!case.served.is_finished());
    case.gate.notify_one();
    let (answer, _) = rest(&mut slow).await;
    assert!(answer.ends_with("slow"), "{answer}");
    tokio::time::timeout(LONG, case.served).await.unwrap().unwrap();
}
