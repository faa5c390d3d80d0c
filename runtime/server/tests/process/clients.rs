//! `client-config` from the shell: what is printed, what is refused.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::{command, run};

const URL: &str = "https://mcp.example.com/mcp/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF";

fn texts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn settings_are_printed_as_text_and_as_json_and_need_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ask = |more: &[&str]| {
        let all = [&["client-config", "--for", "mcp-config", URL, "--name", "Legal Ops"], more];
        texts(&run(directory.path(), &all.concat()))
    };
    let (status, json, complaint) = ask(&["--json", "--api-token"]);
    assert_eq!((status, &*complaint), (Some(0), ""));
    let json: Value = serde_json::from_str(&json).unwrap();
    let snippet = json["snippets"][0]["text"].as_str().unwrap();
    let read: Value = serde_json::from_str(snippet).unwrap();
    assert_eq!(read["mcpServers"]["legal-ops"]["url"], URL);
    let header = &read["mcpServers"]["legal-ops"]["headers"]["Authorization"];
    assert_eq!(header, "Bearer YOUR_API_TOKEN");
    let (status, text, _) = ask(&["--api-token"]);
    assert_eq!(status, Some(0));
    assert!(text.contains(snippet), "{text}");
    let (_, without, _) = ask(&[]);
    assert!(!without.contains("YOUR_API_TOKEN"), "{without}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is made");
    // Settings that would keep a server from starting do not matter here.
    std::fs::write(directory.path().join("drawbridge.toml"), "listen = 7").unwrap();
    assert_eq!(ask(&[]).0, Some(0));
}

#[test]
fn without_a_client_the_known_ones_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    let (status, text, _) = texts(&run(directory.path(), &["client-config"]));
    assert_eq!(status, Some(0));
    assert!(text.contains("claude-code ") && text.contains("chatgpt "), "{text}");
    let (status, _, complaint) =
        texts(&run(directory.path(), &["client-config", "--for", "claude-cod", URL]));
    assert_eq!(status, Some(2));
    let expected = "did you mean claude-code? known are claude, claude-desktop, claude-code, chatgpt, cursor, vscode, codex, gemini, langchain, autogen, mcp-config, curl";
    assert!(complaint.contains(expected), "{complaint}");
    for half in [&["--for", "curl"] as &[&str], &[URL]] {
        let all = [&["client-config"], half].concat();
        assert_eq!(run(directory.path(), &all).status.code(), Some(2), "{half:?}");
    }
}

#[test]
fn what_is_no_mcp_url_is_refused_with_what_is_expected() {
    let directory = tempfile::tempdir().unwrap();
    for (url, expected) in [
        ("https://mcp.example.com/", "/mcp/TOKEN"),
        ("mcp.example.com/mcp/abc", "https://HOST/mcp/TOKEN"),
        ("https://mcp.example.com/sse/abc", "in the place of /sse/"),
    ] {
        let (status, out, complaint) =
            texts(&run(directory.path(), &["client-config", "--for", "curl", url]));
        assert_eq!((status, &*out), (Some(1), ""), "{url}");
        assert!(complaint.contains(expected) && !complaint.contains(url), "{complaint}");
    }
}

#[test]
fn the_url_can_come_where_no_list_of_processes_shows_it() {
    let directory = tempfile::tempdir().unwrap();
    let read = |input: &str| {
        let mut child = command(directory.path(), &["client-config", "--for", "curl", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that has read enough may have closed its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        texts(&child.wait_with_output().unwrap())
    };
    let (status, text, _) = read(&format!("{URL}\n"));
    assert_eq!(status, Some(0));
    assert!(text.contains(URL), "{text}");
    let (status, _, complaint) = read(&"x".repeat(100_000));
    assert_eq!(status, Some(1));
    assert!(complaint.contains("more than a URL"), "{complaint}");
}
