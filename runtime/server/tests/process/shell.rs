//! Servers from the shell, while the program serves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ADMIN, Node, run};

/// Waits until a URL answers with this status: other processes have a second to hear of a change.
fn becomes(node: &Node, token: &str, expected: u16) {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let begun = Instant::now();
    loop {
        let asked = begun.elapsed();
        let status = node.send("", "POST", &format!("/mcp/{token}"), Some(&list)).unwrap().0;
        if status == expected {
            return;
        }
        assert!(asked < Duration::from_millis(1_200), "{status} after {asked:?}");
    }
}

#[test]
fn the_shell_pauses_and_rotates_servers_and_is_named_in_the_audit_log() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::start(directory.path(), &["--admin-token", ADMIN]);
    let accounts = node.send(ADMIN, "GET", "/integrated-account", None).unwrap().1;
    let account = accounts["result"][0]["id"].as_str().unwrap();
    let server = |arguments: &[&str]| {
        let all = [&["server"], arguments, &["--account", account, "--json"]].concat();
        let ended = run(directory.path(), &all);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        serde_json::from_slice::<Value>(&ended.stdout).map_err(|_| said)
    };
    let made = server(&["create", "--name", "x", "--owner", "Legal"]).unwrap();
    assert_eq!(
        (&made["owner"], &made["created_by"]["name"]),
        (&json!("Legal"), &json!("command line"))
    );
    let (id, first) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    becomes(&node, first, 200);
    assert_eq!(server(&["pause", id]).unwrap()["paused"], true);
    becomes(&node, first, 404);
    assert_eq!(server(&["resume", id]).unwrap()["paused"], false);
    becomes(&node, first, 200);
    let rotated = server(&["rotate", id, "--overlap-seconds", "0"]).unwrap();
    becomes(&node, first, 404);
    becomes(&node, rotated["token"].as_str().unwrap(), 200);
    let refused = server(&["rotate", id, "--overlap-seconds", "604801"]).unwrap_err();
    assert!(refused.contains("/overlap_seconds"), "{refused}");

    let acts = |query: &str| {
        let answer = node.send(ADMIN, "GET", &format!("/audit-log?{query}"), None).unwrap().1;
        answer["result"].as_array().unwrap().clone()
    };
    let shell = acts("actor=command+line");
    let done: Vec<&str> = shell.iter().map(|act| act["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["server.rotate", "server.update", "server.update", "server.create"]);
    assert_eq!((&shell[0]["address"], &shell[0]["object"]["id"]), (&json!(null), &json!(id)));
    node.make_token("y").unwrap();
    assert_eq!(acts("action=token.create")[0]["address"], "127.0.0.1");
    assert_eq!(acts("actor=first+start").len(), accounts["result"].as_array().unwrap().len() * 2);
}
