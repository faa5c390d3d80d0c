//! The master key: missing, wrong, and changed while servers run.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ADMIN, Node, databases, run};

const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";

/// Connects an account; gives its id.
fn connect(node: &Node) -> String {
    let body = json!({"integration": super::tenant().slug, "name": "Legal", "credentials": {"type": "bearer", "token": "canary-bearer"}});
    let (status, made) = node.send(ADMIN, "POST", "/integrated-account", Some(&body)).unwrap();
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// Whether the account's credentials open. Its tools are listed by whoever opened them; nothing is
/// sent to the vendor.
fn opens(node: &Node, account: &str) -> bool {
    let (status, answer) =
        node.send(ADMIN, "GET", &format!("/integrated-account/{account}/tools"), None).unwrap();
    assert!(
        status == 200 || answer["detail"].as_str().unwrap().contains("master key"),
        "{status} {answer}"
    );
    status == 200
}

/// Waits until nothing is left under another key.
fn wait_for_seals(node: &Node) {
    let begun = Instant::now();
    loop {
        let (status, ready) = node.send("", "GET", "/readyz", None).unwrap();
        if status == 200 && ready["sealed_under_other_keys"] == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{ready}");
    }
}

fn refused(directory: &Path, arguments: &[&str]) -> String {
    let ended = run(directory, &[&["--listen", "127.0.0.1:0"], arguments].concat());
    assert_eq!(ended.status.code(), Some(1));
    String::from_utf8(ended.stderr).unwrap()
}

#[test]
fn no_key_is_made_beside_a_database_that_is_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("data/drawbridge.db.key");
    let node = Node::start(directory.path(), &["--admin-token", ADMIN, "--no-sandbox"]);
    let account = connect(&node);
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let (_, ready) = node.send("", "GET", "/readyz", None).unwrap();
    assert!(ready["warning"].as_str().unwrap().contains("next start"), "{ready}");
    assert!(opens(&node, &account), "a running server keeps the key that it has");
    assert_eq!(node.terminate(), Some(0));
    for command in [&["--no-sandbox"][..], &["token", "list"], &["rotate-master-key"]] {
        let said = refused(directory.path(), command);
        assert!(
            said.contains("drawbridge.db.key") && said.contains("put the key file back"),
            "{said}"
        );
        assert!(!key.exists(), "a new key would open nothing");
    }
    super::restore(&key, &kept);
    let node = Node::start(directory.path(), &["--admin-token", ADMIN, "--no-sandbox"]);
    assert!(opens(&node, &account));
}

#[test]
fn a_key_that_does_not_fit_is_refused_with_the_names_of_both() {
    let directory = tempfile::tempdir().unwrap();
    for url in databases(directory.path()) {
        let with = |key| {
            ["--database-url", &url, "--admin-token", ADMIN, "--no-sandbox", "--master-key", key]
                .map(str::to_owned)
        };
        let arguments = with(OLD);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // Even before anything but the proof is sealed.
        let empty = Node::start(directory.path(), &arguments);
        assert_eq!(empty.terminate(), Some(0));
        let wrong = with(NEW);
        let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
        let said = refused(directory.path(), &wrong);
        assert!(
            said.contains("does not fit the database")
                && !said.contains(NEW)
                && !said.contains(OLD),
            "{said}"
        );
        let node = Node::start(directory.path(), &arguments);
        connect(&node);
        assert_eq!(node.terminate(), Some(0));
        assert!(refused(directory.path(), &wrong).contains("does not fit the database"));
    }
}

#[test]
fn the_key_in_the_settings_changes_node_by_node_without_a_pause() {
    let directory = tempfile::tempdir().unwrap();
    for url in databases(directory.path()) {
        let start = |keys: &str| {
            Node::start(
                directory.path(),
                &[
                    "--database-url",
                    &url,
                    "--admin-token",
                    ADMIN,
                    "--no-sandbox",
                    "--master-key",
                    keys,
                ],
            )
        };
        let mut nodes = [start(OLD), start(OLD)];
        let mut accounts = vec![connect(&nodes[0])];
        let both = [format!("{OLD},{NEW}"), format!("{NEW},{OLD}")];
        for keys in [both[0].as_str(), both[1].as_str(), NEW] {
            for index in 0..2 {
                if keys == NEW {
                    wait_for_seals(&nodes[index]);
                }
                nodes[index] = start(keys);
                accounts.push(connect(&nodes[index]));
                for node in &nodes {
                    assert!(
                        accounts.iter().all(|account| opens(node, account)),
                        "{} accounts",
                        accounts.len()
                    );
                }
            }
        }
        for node in nodes {
            assert_eq!(node.terminate(), Some(0));
        }
        let said = refused(directory.path(), &["--database-url", &url, "--master-key", OLD]);
        assert!(
            said.contains("does not fit the database"),
            "the old key opens nothing any more: {said}"
        );
    }
}

#[test]
fn the_key_in_the_file_changes_under_a_running_server() {
    let directory = tempfile::tempdir().unwrap();
    let start = || Node::start(directory.path(), &["--admin-token", ADMIN, "--no-sandbox"]);
    let node = start();
    let before = connect(&node);
    let key = directory.path().join("data/drawbridge.db.key");
    let old = std::fs::read_to_string(&key).unwrap();
    let during = std::thread::scope(|scope| {
        let rotating = scope.spawn(|| run(directory.path(), &["rotate-master-key"]));
        let mut made = Vec::new();
        while !rotating.is_finished() {
            made.push(connect(&node));
            assert!(opens(&node, &before));
        }
        let ended = rotating.join().unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        assert!(
            ended.status.success() && said.contains("left under another one: 0"),
            "{said} {:?}",
            ended.stderr
        );
        made
    });
    let new = std::fs::read_to_string(&key).unwrap();
    assert!(new != old && !new.contains(','), "one new key is left");
    let after = connect(&node);
    wait_for_seals(&node);
    assert_eq!(node.terminate(), Some(0));
    let node = start();
    assert!(during.len() > 2);
    for account in during.iter().chain([&before, &after]) {
        assert!(opens(&node, account), "sealed under the new key");
    }
    let lists: Value = node.send(ADMIN, "GET", "/integrated-account?limit=1000", None).unwrap().1;
    assert!(lists["result"].as_array().unwrap().len() >= during.len() + 2);
    let acts = node.send(ADMIN, "GET", "/audit-log?action=master_key.rotate", None).unwrap().1;
    assert_eq!(acts["result"].as_array().map(Vec::len), Some(1), "{acts}");
    assert_eq!(acts["result"][0]["actor"]["name"], "command line");
    assert_eq!(acts["result"][0]["changes"]["left"], 0);
}
