//! The first start: what may fail fails before anything is made, and secrets go where only their
//! owner reads them.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ADMIN, Node, command, run};

/// A program without a ready file, whose standard output is a file: what it printed, once it
/// serves.
fn started_without_ready_file(directory: &Path, arguments: &[&str]) -> (Node, String) {
    let out = std::fs::File::create(directory.join("out")).unwrap();
    let log =
        std::fs::File::options().create(true).append(true).open(directory.join("log")).unwrap();
    let mut all = vec!["--listen", "127.0.0.1:0"];
    all.extend_from_slice(arguments);
    let mut child = command(directory, &all).stdout(out).stderr(log).spawn().unwrap();
    let begun = Instant::now();
    let out = loop {
        let out = std::fs::read_to_string(directory.join("out")).unwrap();
        if out.contains("Drawbridge is open at") && out.ends_with('\n') {
            break out;
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended: {}",
            std::fs::read_to_string(directory.join("log")).unwrap()
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "not ready");
        std::thread::yield_now();
    };
    let url = out
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("Drawbridge is open at http://"))
        .unwrap()
        .to_owned();
    (Node { child, address: url, token: String::new() }, out)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The tokens in a text: of the admin API and of MCP URLs.
fn secrets(text: &str) -> Vec<String> {
    let words = text.split(|character: char| {
        !(character.is_ascii_alphanumeric() || "-_/:.".contains(character))
    });
    words
        .filter_map(|word| {
            word.starts_with("dbt_").then_some(word).or_else(|| Some(word.split_once("/mcp/")?.1))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn secrets_go_to_a_file_for_its_owner_where_output_is_no_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let (node, out) = started_without_ready_file(directory.path(), &[]);
    let path = directory.path().join("data/first-start.txt");
    assert!(out.contains("data/first-start.txt"), "{out}");
    assert_eq!(mode(&path), 0o600);
    let shown = std::fs::read_to_string(&path).unwrap();
    let secrets = secrets(&shown);
    assert!(secrets.len() >= 5, "the token, two URLs, a call and a configuration: {shown}");
    assert_eq!(node.send(&secrets[0], "GET", "/api-token", None).unwrap().0, 200, "{shown}");
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(node.send("", "POST", &format!("/mcp/{}", secrets[1]), Some(&list)).unwrap().0, 200);
    assert_eq!(node.terminate(), Some(0));

    let (node, out) = started_without_ready_file(directory.path(), &[]);
    assert!(
        out.contains("runtime token create") && out.contains("runtime server create"),
        "a later start says how: {out}"
    );
    assert!(out.contains("still holds the secrets"), "{out}");
    assert_eq!(node.terminate(), Some(0));
    assert!(
        !directory.path().join("data/first-start-2.txt").exists(),
        "it has no secret of its own"
    );
    let everything = out + &std::fs::read_to_string(directory.path().join("log")).unwrap();
    for secret in secrets {
        assert!(!everything.contains(&secret), "{secret} in {everything}");
    }
}

#[test]
fn the_ready_file_holds_what_a_terminal_would_have_shown() {
    let directory = tempfile::tempdir().unwrap();
    let ready = directory.path().join("ready.json");
    let (node, out) =
        started_without_ready_file(directory.path(), &["--ready-file", ready.to_str().unwrap()]);
    let content: Value = serde_json::from_str(&std::fs::read_to_string(&ready).unwrap()).unwrap();
    assert_eq!(mode(&ready), 0o600);
    assert_eq!(
        node.send(content["admin_token"].as_str().unwrap(), "GET", "/api-token", None).unwrap().0,
        200
    );
    let url = content["mcpServers"]
        .as_object()
        .unwrap()
        .values()
        .find_map(|server| server["url"].as_str())
        .unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(
        node.send("", "POST", &format!("/mcp/{}", url.rsplit_once('/').unwrap().1), Some(&list))
            .unwrap()
            .0,
        200
    );
    assert_eq!(secrets(&out), [] as [&str; 0]);
    assert!(!directory.path().join("data/first-start.txt").exists());
}

#[test]
fn a_first_start_that_fails_leaves_the_first_token_to_the_next() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, reason) in [
        (
            ["--listen", &address, "--metrics-listen", "127.0.0.1:0"],
            format!("cannot listen at {address} (setting listen): Address already in use"),
        ),
        (
            ["--listen", "127.0.0.1:0", "--metrics-listen", &address],
            format!("cannot listen at {address} (setting metrics-listen): Address already in use"),
        ),
        (
            ["--listen", "127.0.0.1:0", "--ready-file", "absent/ready.json"],
            "absent/ready.json (setting ready-file): No such file".to_owned(),
        ),
        (
            ["--listen", "127.0.0.1:0", "--ready-file", "."],
            "cannot write the ready file . (setting ready-file)".to_owned(),
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let ended = run(directory.path(), &arguments);
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains(&reason), "{reason} is missing in {said}");
        assert!(ended.stdout.is_empty(), "{}", String::from_utf8_lossy(&ended.stdout));
        let next = Node::start(directory.path(), &[]);
        assert_ne!(next.token, ADMIN, "{arguments:?}");
        assert_eq!(next.send(&next.token, "GET", "/api-token", None).unwrap().0, 200);
        let left: Vec<PathBuf> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(left.iter().all(|path| !path.to_string_lossy().contains(".json.")), "{left:?}");
    }
}

#[test]
fn what_could_be_shown_nowhere_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let blocked = directory.path().join("data/first-start.txt");
    std::fs::create_dir_all(&blocked).unwrap();
    let (node, out) = started_without_ready_file(directory.path(), &[]);
    assert!(
        out.contains("No admin token was made") && out.contains("runtime token create"),
        "{out}"
    );
    assert_eq!(node.terminate(), Some(0));
    std::fs::remove_dir(&blocked).unwrap();
    let (node, _) = started_without_ready_file(directory.path(), &[]);
    let shown = std::fs::read_to_string(&blocked).unwrap();
    assert_eq!(
        node.send(&secrets(&shown)[0], "GET", "/api-token", None).unwrap().0,
        200,
        "the next start is a first one"
    );

    let (memory, out) =
        started_without_ready_file(directory.path(), &["--database-url", "sqlite::memory:"]);
    assert!(
        out.contains("are in first-start.txt"),
        "a database that is no file has its secrets in the working directory: {out}"
    );
    let shown = std::fs::read_to_string(directory.path().join("first-start.txt")).unwrap();
    assert_eq!(memory.send(&secrets(&shown)[0], "GET", "/api-token", None).unwrap().0, 200);
}

#[test]
fn files_are_for_their_owner_only_whatever_the_umask() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let files = ["drawbridge.db", "drawbridge.db-wal", "drawbridge.db-shm", "drawbridge.db.key"]
        .map(|name| data.join(name));
    let start = || {
        let ready = directory.path().join("ready.json");
        // It may be there from the start before.
        let _ = std::fs::remove_file(&ready);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(directory.path().join("log"))
            .unwrap();
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            "umask 000; exec \"$0\" --listen 127.0.0.1:0 --ready-file ready.json",
            env!("CARGO_BIN_EXE_runtime"),
        ]);
        let child = shell
            .current_dir(directory.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let node = Node { child, address: String::new(), token: String::new() };
        let begun = Instant::now();
        while !ready.exists() {
            assert!(begun.elapsed() < Duration::from_secs(30), "not ready");
            std::thread::yield_now();
        }
        assert_eq!(mode(&ready), 0o600);
        node
    };
    let first = start();
    assert_eq!(mode(&data), 0o700);
    assert_eq!(files.each_ref().map(|path| mode(path)), [0o600; 4]);
    // Killed, so that the log of the database stays there.
    drop(first);
    // A key that others could read is refused (see the tests of keys), not narrowed as the
    // database's own files are.
    for path in &files[..3] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).unwrap();
    }
    let second = start();
    assert_eq!(files.each_ref().map(|path| mode(path)), [0o600; 4]);
    assert_eq!(second.terminate(), Some(0));
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert_eq!(log.matches("others could use this file until now").count(), 3, "{log}");
}
