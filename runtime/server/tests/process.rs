//! The program as a process: starts, signals, crashes, two nodes on one database.

#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

#[path = "process/clients.rs"]
mod clients;
#[path = "process/keys.rs"]
mod keys;
#[path = "process/oauth.rs"]
mod oauth;
#[path = "process/outage.rs"]
mod outage;
#[path = "process/shell.rs"]
mod shell;
#[path = "process/signals.rs"]
mod signals;
#[path = "process/start.rs"]
mod start;
#[path = "process/upgrade.rs"]
mod upgrade;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ADMIN: &str = "canary-admin-token-of-the-process-tests";

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runtime"));
    command
        .current_dir(directory)
        .args(arguments)
        .env_clear()
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null());
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    command(directory, arguments).output().unwrap()
}

/// A serving process, killed when dropped.
struct Node {
    child: Child,
    address: String,
    token: String,
}

impl Node {
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let ready = directory.join(format!("ready-{}.json", rand::random::<u64>()));
        let mut all = vec!["--listen", "127.0.0.1:0", "--ready-file", ready.to_str().unwrap()];
        all.extend_from_slice(arguments);
        let log =
            std::fs::File::options().create(true).append(true).open(directory.join("log")).unwrap();
        let mut child = command(directory, &all).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let begun = Instant::now();
        let content = loop {
            if let Ok(content) = std::fs::read_to_string(&ready) {
                break content;
            }
            assert!(
                child.try_wait().unwrap().is_none(),
                "ended: {}",
                std::fs::read_to_string(directory.join("log")).unwrap()
            );
            assert!(begun.elapsed() < Duration::from_secs(30), "not ready");
            std::thread::yield_now();
        };
        let ready: Value = serde_json::from_str(&content).unwrap();
        let address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Self { child, address, token: ready["admin_token"].as_str().unwrap_or(ADMIN).to_owned() }
    }

    /// One request on a connection of its own; `None` when there is no whole answer.
    fn send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let body = body.map(Value::to_string).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line).ok()?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).ok()?;
        Some((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    fn make_token(&self, name: &str) -> Option<Value> {
        let made = self.send(
            &self.token,
            "POST",
            "/api-token",
            Some(&json!({"name": name, "scope": "admin"})),
        )?;
        (made.0 == 201).then_some(made.1)
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_first_start_needs_nothing_and_shows_its_token_once() {
    let directory = tempfile::tempdir().unwrap();
    let first = Node::start(directory.path(), &[]);
    let token = first.token.clone();
    assert_ne!(token, ADMIN);
    assert_eq!(first.send(&token, "GET", "/integration", None).unwrap().0, 200);
    assert_eq!(first.terminate(), Some(0));
    let second = Node::start(directory.path(), &[]);
    assert_eq!(second.token, ADMIN, "a later start has no token to show");
    assert_eq!(second.send(&token, "GET", "/integration", None).unwrap().0, 200);
    assert_eq!(second.send(ADMIN, "GET", "/integration", None).unwrap().0, 401);
}

#[test]
fn every_bad_setting_ends_the_program_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let ended = run(
        directory.path(),
        &["--listen", "nowhere", "--log-format", "xml", "--database-url", "mysql://x"],
    );
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        ["listen", "log-format", "database-url"].iter().all(|name| said.contains(name)),
        "{said}"
    );
    let ended = run(directory.path(), &["--database-url", "postgres://localhost:1/x"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("master-key"));
}

#[test]
fn what_was_acknowledged_survives_a_hundred_crashes() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..100_usize {
        let mut node = Node::start(directory.path(), &["--admin-token", ADMIN]);
        // Two clients write; the process is killed at some answer of the first, in the middle of
        // the second's writing.
        let made = std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let mut made = Vec::new();
                while let Some(token) = node.make_token("second") {
                    made.push(token);
                }
                made
            });
            let mut made: Vec<Value> =
                (0..=round % 7).filter_map(|_| node.make_token("first")).collect();
            Command::new("kill").args(["-KILL", &node.child.id().to_string()]).status().unwrap();
            made.extend(second.join().unwrap());
            made
        });
        node.kill();
        acknowledged.extend(made);
    }
    assert!(acknowledged.len() >= 200, "{}", acknowledged.len());
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    for token in &acknowledged {
        let (status, _) =
            node.send(token["token"].as_str().unwrap(), "GET", "/healthz", None).unwrap();
        assert_eq!(status, 200);
    }
    let mut stored = std::collections::BTreeSet::new();
    let mut path = "/api-token?limit=1000".to_owned();
    loop {
        let (_, page) = node.send(ADMIN, "GET", &path, None).unwrap();
        stored.extend(
            page["result"]
                .as_array()
                .unwrap()
                .iter()
                .map(|token| token["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api-token?limit=1000&next_cursor={cursor}");
    }
    let lost: Vec<&Value> = acknowledged
        .iter()
        .filter(|token| !stored.contains(token["id"].as_str().unwrap()))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[test]
fn logs_and_metrics_hold_no_token_even_at_the_finest_level() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    let made = node.make_token("x").unwrap();
    let api_token = made["token"].as_str().unwrap();
    let url_token = "canary-url-token-0123456789";
    for path in [
        format!("/mcp/{url_token}"),
        format!("/sse/{url_token}"),
        format!("/.well-known/oauth-protected-resource/mcp/{url_token}"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            node.send(api_token, method, &path, Some(&json!({"jsonrpc": "2.0"}))).unwrap();
        }
    }
    node.send(
        ADMIN,
        "POST",
        "/integrated-account",
        Some(&json!({"credentials": {"type": "bearer", "token": "canary-bearer"}})),
    )
    .unwrap();
    let mut stream = TcpStream::connect(&node.address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut metrics = String::new();
    stream.read_to_string(&mut metrics).unwrap();
    assert!(metrics.contains("drawbridge_http_requests_total"));
    assert_eq!(node.terminate(), Some(0));
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert!(log.contains("answered"), "trace is on");
    for secret in [ADMIN, api_token, url_token, "canary"] {
        assert!(!log.contains(secret), "{secret} in the log");
        assert!(!metrics.contains(secret), "{secret} in the metrics");
    }
}

#[test]
fn the_shell_does_what_the_api_does() {
    let directory = tempfile::tempdir().unwrap();
    let made =
        run(directory.path(), &["token", "create", "--name", "ci", "--scope", "admin", "--json"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    assert_eq!(
        node.send(made["token"].as_str().unwrap(), "GET", "/api-token", None).unwrap().0,
        200
    );
    let list: Value =
        serde_json::from_slice(&run(directory.path(), &["token", "list", "--json"]).stdout)
            .unwrap();
    assert_eq!(list["result"][0]["id"], made["id"]);
    let id = made["id"].as_str().unwrap();
    assert!(run(directory.path(), &["token", "revoke", id]).status.success());
    let ended = run(directory.path(), &["token", "show", id]);
    assert_eq!(ended.status.code(), Some(1));
    let wrong = run(directory.path(), &["token", "create", "--name", "x", "--scope", "root"]);
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("/scope"));
}

#[test]
fn a_request_that_is_turned_away_does_not_end_the_connection() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    for (path, token, status) in [("/mcp/never-was", ADMIN, 404), ("/api-token", "wrong", 401)] {
        let mut stream = TcpStream::connect(&node.address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-length: 2\r\n\r\n"
        );
        for _ in 0..3 {
            stream.write_all(head.as_bytes()).unwrap();
            // The body comes later than the head, as it does from many clients.
            assert_eq!(node.send(ADMIN, "GET", "/healthz", None).unwrap().0, 200);
            stream.write_all(b"{}").unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {status}"));
            read_to_end_of_answer(&mut stream);
        }
    }
}

fn read_to_end_of_answer(stream: &mut TcpStream) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
}

/// Puts a file back as it was, for its owner only.
fn restore(path: &Path, content: &[u8]) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        std::fs::File::options().write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(content).unwrap();
}

/// A vendor that the sandbox plays.
fn tenant() -> sandbox::Tenant {
    sandbox::Options::default().tenants().remove(0)
}

/// What to try first at an API on board.
fn example(slug: &str) -> (&'static str, Value) {
    let api = runtime::apis::apis().iter().find(|api| api.slug == slug).unwrap();
    let example = api.example.unwrap();
    (example.tool, serde_json::from_str(example.arguments).unwrap())
}

/// Databases that two nodes can share: a file, and PostgreSQL where `DRAWBRIDGE_TEST_POSTGRES` says
/// where.
fn databases(directory: &Path) -> Vec<String> {
    let mut found = vec![format!("sqlite://{}", directory.join("shared.db").display())];
    #[expect(clippy::disallowed_methods, reason = "where the tests' own database is")]
    let postgres = std::env::var("DRAWBRIDGE_TEST_POSTGRES");
    if let Ok(admin) = postgres {
        let name = format!("drawbridge_process_{}", rand::random::<u64>());
        let made = Command::new("psql")
            .args([admin.as_str(), "-qc", &format!("CREATE DATABASE {name}")])
            .status()
            .unwrap();
        assert!(made.success());
        found.push(format!("{}/{name}", admin.rsplit_once('/').unwrap().0));
    }
    found
}

#[test]
fn two_nodes_on_one_database_agree() {
    let directory = tempfile::tempdir().unwrap();
    for url in databases(directory.path()) {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let arguments =
            ["--database-url", url.as_str(), "--master-key", key, "--admin-token", ADMIN];
        let (one, other) =
            (Node::start(directory.path(), &arguments), Node::start(directory.path(), &arguments));
        for _ in 0..5 {
            let made = one.make_token("x").unwrap();
            let (token, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
            assert_eq!(
                other.send(token, "GET", "/integration", None).unwrap().0,
                200,
                "made on one, good on the other at once"
            );
            assert_eq!(
                one.send(ADMIN, "DELETE", &format!("/api-token/{id}"), None).unwrap().0,
                204
            );
            let begun = Instant::now();
            loop {
                let asked = begun.elapsed();
                if other.send(token, "GET", "/integration", None).unwrap().0 == 401 {
                    break;
                }
                assert!(
                    asked < Duration::from_millis(1_200),
                    "revoked on one, still good on the other after {asked:?}"
                );
            }
        }
    }
}
