//! Databases of earlier schemas, kept as they were made: this release opens them, and what they
//! hold goes on working.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{ADMIN, Node, databases, example, run, tenant};

/// What the databases of the first schema are sealed under.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The call of the server that is kept open: what to try first at its API.
fn call() -> serde_json::Value {
    let (tool, arguments) = example(tenant().slug);
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

/// What is in a kept database: three accounts (two of the sandbox, one with an OAuth grant), two
/// servers, an API token of the scope `call`, two calls in the log.
struct Kept {
    server: &'static str,
    guarded: &'static str,
    api_token: &'static str,
}

const SQLITE: Kept = Kept {
    server: "pp6B_ESA61CZAcS5xiQnX6HH-hbxKnBneWlgkXVISzk",
    guarded: "aABvgdkCBErVSLRRglpC-meQQ7IgxF3c2_kygUdribk",
    api_token: "dbt_IRBnjZBhm1FvTpP4KWIAAchcAyeJF0SXAzTkpKSPzcw",
};
const POSTGRES: Kept = Kept {
    server: "xItehh1jGgyK_ZDu8m8XNahLRCp1qWWXnTZQqDkCre8",
    guarded: "d1XzHz5BABWi-s8LkH3Mb4Gi-KcUhJhU-jiVP7Nl0PQ",
    api_token: "dbt_-Z3F8NkKyApZeOICweg0e5zxzhKtylYVewi2Twzj9oQ",
};

/// Copies of the kept databases: the SQLite file, and the dump in PostgreSQL where there is one.
fn kept(directory: &Path) -> Vec<(String, Kept)> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
    let file = directory.join("kept.db");
    std::fs::copy(kept.join("0001.sqlite"), &file).unwrap();
    let mut found = vec![(format!("sqlite://{}", file.display()), SQLITE)];
    if let Some(postgres) = databases(directory).into_iter().find(|url| url.starts_with("postgres"))
    {
        let dump = kept.join("0001.postgres.sql");
        let restored = Command::new("psql")
            .args([postgres.as_str(), "-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(dump)
            .status()
            .unwrap();
        assert!(restored.success());
        found.push((postgres, POSTGRES));
    }
    found
}

#[test]
fn a_database_of_the_first_schema_serves_its_urls_and_opens_its_secrets() {
    let directory = tempfile::tempdir().unwrap();
    for (url, kept) in kept(directory.path()) {
        let arguments = ["--database-url", &url, "--master-key", KEY, "--admin-token", ADMIN];
        let node = Node::start(directory.path(), &arguments);
        let (status, answer) =
            node.send("", "POST", &format!("/mcp/{}", kept.server), Some(&call())).unwrap();
        assert_eq!((status, &answer["result"]["isError"]), (200, &json!(false)), "{answer}");
        let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        let guarded = format!("/mcp/{}", kept.guarded);
        assert_eq!(node.send("none", "POST", &guarded, Some(&list)).unwrap().0, 401);
        assert_eq!(node.send(kept.api_token, "POST", &guarded, Some(&list)).unwrap().0, 200);
        let accounts = node.send(ADMIN, "GET", "/integrated-account", None).unwrap().1;
        assert_eq!(accounts["result"].as_array().unwrap().len(), 3);
        // Two calls were there; the one just made joins them.
        let logged = || {
            node.send(ADMIN, "GET", "/call-log", None).unwrap().1["result"]
                .as_array()
                .map_or(0, Vec::len)
        };
        let begun = std::time::Instant::now();
        while logged() != 3 {
            assert!(begun.elapsed().as_secs() < 10, "{} calls", logged());
        }
        assert_eq!(node.terminate(), Some(0));
        // Three credentials and a grant open: they go under another key.
        let both = format!("//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=,{KEY}");
        let ended = run(
            directory.path(),
            &["--database-url", &url, "--master-key", &both, "rotate-master-key"],
        );
        let said = String::from_utf8(ended.stdout).unwrap();
        assert!(said.contains("new master key: 4; left under another one: 0"), "{said}");
    }
}
