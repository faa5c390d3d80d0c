//! PostgreSQL goes away and comes back, seen from two nodes. Runs where `DRAWBRIDGE_TEST_POSTGRES`
//! says where one is.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ADMIN, Node, databases};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A line to a database that can be cut; `None` while it is.
struct Relay {
    address: String,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Relay {
    fn to(database: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let (lines, database) = (Arc::clone(&open), database.to_owned());
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if let Some(lines) = lines.lock().unwrap().as_mut() {
                    let far = TcpStream::connect(&database).unwrap();
                    for (mut from, mut to) in [
                        (near.try_clone().unwrap(), far.try_clone().unwrap()),
                        (far.try_clone().unwrap(), near.try_clone().unwrap()),
                    ] {
                        std::thread::spawn(move || {
                            // It ends when either side does.
                            let _ = copy(&mut from, &mut to);
                            let _ = to.shutdown(Shutdown::Both);
                        });
                    }
                    lines.extend([near, far]);
                }
            }
        });
        Self { address, open }
    }

    fn cut(&self) {
        for line in self.open.lock().unwrap().take().unwrap_or_default() {
            // It may have ended by itself.
            let _ = line.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        *self.open.lock().unwrap() = Some(Vec::new());
    }
}

/// Something is seen by whoever looks after `limit`: a look that began before and took long on a
/// busy machine says nothing.
fn within(limit: Duration, what: &str, seen: impl Fn() -> bool) {
    let begun = Instant::now();
    loop {
        let looked = begun.elapsed();
        if seen() {
            return;
        }
        assert!(looked < limit, "{what}: not after {looked:?}");
    }
}

#[test]
fn servers_in_use_outlast_the_database_and_nothing_else_pretends_to_work() {
    let directory = tempfile::tempdir().unwrap();
    let Some(url) = databases(directory.path()).into_iter().find(|url| url.starts_with("postgres"))
    else {
        println!("skipped: there is no PostgreSQL");
        return;
    };
    let mut parsed = url::Url::parse(&url).unwrap();
    let relay =
        Relay::to(&format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap_or(5432)));
    let (host, port) = relay.address.split_once(':').unwrap();
    parsed.set_host(Some(host)).unwrap();
    parsed.set_port(Some(port.parse().unwrap())).unwrap();
    let arguments = [
        "--database-url",
        parsed.as_str(),
        "--master-key",
        KEY,
        "--admin-token",
        ADMIN,
        "--no-sandbox",
    ];
    let nodes =
        [Node::start(directory.path(), &arguments), Node::start(directory.path(), &arguments)];

    let account = json!({"integration": super::tenant().slug, "name": "x", "credentials": {"type": "bearer", "token": "canary"}});
    let account = nodes[0].send(ADMIN, "POST", "/integrated-account", Some(&account)).unwrap().1;
    let servers = format!("/integrated-account/{}/mcp", account["id"].as_str().unwrap());
    let make =
        |node: &Node| node.send(ADMIN, "POST", &servers, Some(&json!({"name": "x"}))).unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let speak = |node: &Node, server: &Value| {
        let path = format!("/mcp/{}", server["token"].as_str().unwrap());
        node.send("", "POST", &path, Some(&list)).unwrap().0
    };
    let (used, unused) = (make(&nodes[0]).1, make(&nodes[0]).1);
    assert!(nodes.iter().all(|node| speak(node, &used) == 200));

    relay.cut();
    for node in &nodes {
        assert!((0..5).all(|_| speak(node, &used) == 200), "what was in use stays in use");
        let (status, problem) = make(node);
        assert_eq!((status, &problem["status"]), (503, &json!(503)), "{problem}");
        assert_eq!(speak(node, &unused), 503, "whether it exists cannot be known");
        assert_eq!(node.send("unknown", "GET", "/integration", None).unwrap().0, 503);
        assert_eq!(node.send("", "GET", "/readyz", None).unwrap().0, 503);
        assert_eq!(node.send("", "GET", "/healthz", None).unwrap().0, 200);
    }

    relay.mend();
    for node in &nodes {
        within(Duration::from_secs(15), "recovers without a restart", || make(node).0 == 201);
        assert_eq!(speak(node, &unused), 200);
        assert_eq!(node.send("", "GET", "/readyz", None).unwrap().0, 200);
    }
    for server in [&used, &unused] {
        let path = format!("{servers}/{}", server["id"].as_str().unwrap());
        assert_eq!(nodes[0].send(ADMIN, "DELETE", &path, None).unwrap().0, 204);
        // A node that has just lost its database may not be told yet: then what it keeps expires.
        within(Duration::from_secs(3), "revoked everywhere", || speak(&nodes[1], server) == 404);
    }
}
