//! Signals: a second one to end, and the one for files that grow too large.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{ADMIN, Node};

impl Node {
    fn signal(&self, name: &str) {
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &self.child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// How the program ends, and after how long.
    fn end(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "it does not end");
            std::thread::yield_now();
        }
    }

    /// A request of which the body never comes.
    fn endless(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "POST /api-token HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {ADMIN}\r\ncontent-type: application/json\r\n\
             content-length: 10\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A later connection is accepted later: by its answer the first one is under way.
        assert_eq!(self.send(ADMIN, "GET", "/healthz", None).unwrap().0, 200);
        stream
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    for (first, second, code) in [("TERM", "TERM", 143), ("TERM", "INT", 130)] {
        let directory = tempfile::tempdir().unwrap();
        let mut node = Node::start(directory.path(), &["--admin-token", ADMIN]);
        let _held = node.endless();
        node.signal(first);
        let log = || std::fs::read_to_string(directory.path().join("log")).unwrap();
        let begun = Instant::now();
        while !log().contains("requests under way may finish") {
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
        assert!(node.child.try_wait().unwrap().is_none(), "a request is under way");
        node.signal(second);
        let (ended, took) = node.end();
        assert_eq!(ended, Some(code));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn the_grace_bounds_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let mut node =
        Node::start(directory.path(), &["--admin-token", ADMIN, "--shutdown-grace", "1"]);
    let _held = node.endless();
    node.signal("TERM");
    let (ended, took) = node.end();
    assert_eq!(ended, Some(0));
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    let set = |limit: &str| {
        let limited = Command::new("prlimit")
            .args(["--pid", &node.child.id().to_string(), &format!("--fsize={limit}:unlimited")])
            .status();
        assert!(limited.unwrap().success());
    };
    set("200000");
    let refused = (0..500).any(|_| node.make_token("x").is_none());
    assert!(refused, "the limit is never met");
    assert_eq!(node.send(ADMIN, "GET", "/healthz", None).unwrap().0, 200);
    set("unlimited");
    assert_eq!(node.terminate(), Some(0));
}
