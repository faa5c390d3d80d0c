//! OAuth over two nodes: however many calls want a token, the vendor is asked once, and every call
//! succeeds.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{ADMIN, Node, databases, example};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const CALLS: usize = 200;

/// A vendor, and where it listens.
fn vendor() -> (Sandbox, String) {
    let sandbox = Sandbox::new(Options { rate_limits: false, ..Options::default() });
    let (tell, told) = channel();
    let serving = sandbox.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            serving.serve(listener).await.unwrap();
        });
    });
    (sandbox, told.recv().unwrap().to_string())
}

/// Where a GET leads to.
fn location(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {ADMIN}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().find_map(|line| line.strip_prefix("location: ")).map(|url| {
        let (_, rest) = url.split_once("://").unwrap();
        rest[rest.find('/').unwrap()..].to_owned()
    })
}

struct Account<'a> {
    nodes: [&'a Node; 2],
    api: &'static str,
    id: String,
    sandbox: &'a Sandbox,
}

impl<'a> Account<'a> {
    fn new(
        nodes: [&'a Node; 2],
        sandbox: &'a Sandbox,
        vendor: &str,
        api: &'static str,
        credentials: &Value,
    ) -> Self {
        let body = json!({"integration": api, "name": "x", "base_url": format!("http://{vendor}"), "credentials": credentials});
        let (status, made) =
            nodes[0].send(ADMIN, "POST", "/integrated-account", Some(&body)).unwrap();
        assert_eq!(status, 201, "{made}");
        Self { nodes, api, id: made["id"].as_str().unwrap().to_owned(), sandbox }
    }

    fn call(&self, node: usize) -> Value {
        let (tool, arguments) = example(self.api);
        let path = format!("/integrated-account/{}/tools/{tool}", self.id);
        self.nodes[node % 2].send(ADMIN, "POST", &path, Some(&arguments)).unwrap().1
    }

    fn status(&self, node: usize) -> Value {
        self.nodes[node]
            .send(ADMIN, "GET", &format!("/integrated-account/{}", self.id), None)
            .unwrap()
            .1["status"]
            .clone()
    }

    fn connect(&self, vendor: &str, node: usize) {
        let authorize = location(
            &self.nodes[node].address,
            &format!("/integrated-account/{}/connect", self.id),
        )
        .unwrap();
        let back = location(vendor, &authorize).unwrap();
        assert_eq!(location(&self.nodes[node].address, &back), None);
    }

    /// Calls at once on both nodes; answers how often the vendor was asked for a token.
    fn flood(&self) -> usize {
        self.sandbox.control().clear_requests();
        std::thread::scope(|scope| {
            let calls: Vec<_> =
                (0..CALLS).map(|index| scope.spawn(move || self.call(index))).collect();
            for call in calls {
                let result = call.join().unwrap();
                assert_eq!(result["isError"], false, "{result}");
            }
        });
        self.asked()
    }

    fn asked(&self) -> usize {
        self.sandbox.requests().iter().filter(|seen| seen.path == "/oauth/token").count()
    }
}

#[test]
fn two_nodes_ask_for_a_token_once_and_every_call_succeeds() {
    let directory = tempfile::tempdir().unwrap();
    for database in databases(directory.path()) {
        let (sandbox, vendor) = vendor();
        let arguments = [
            "--database-url",
            &database,
            "--master-key",
            KEY,
            "--admin-token",
            ADMIN,
            "--upstream-hosts",
            &vendor,
            "--no-sandbox",
        ];
        let (one, other) =
            (Node::start(directory.path(), &arguments), Node::start(directory.path(), &arguments));
        let nodes = [&one, &other];
        let tenants = Options::default().tenants();
        let (api, client) = tenants
            .into_iter()
            .find_map(|tenant| Some((tenant.slug, tenant.client_credentials?)))
            .unwrap();
        let direct = Account::new(nodes, &sandbox, &vendor, api, &client);
        assert_eq!(direct.flood(), 1, "the first token");
        sandbox.control().advance(Duration::from_secs(3_601));
        assert_eq!(direct.flood(), 1, "the token has expired");

        let by_a_person = json!({"type": "oauth2_authorization_code", "client_id": client["client_id"], "client_secret": client["client_secret"]});
        let connected = Account::new(nodes, &sandbox, &vendor, api, &by_a_person);
        assert_eq!(connected.status(1), "needs_reauth");
        connected.connect(&vendor, 0);
        assert_eq!(connected.status(1), "active");
        let acts = other.send(ADMIN, "GET", "/audit-log?action=account.connect", None).unwrap().1;
        let act = &acts["result"][0];
        assert_eq!(act["actor"], json!({"id": null, "name": "configured admin token"}), "{acts}");
        assert_eq!(act["changes"], json!({"grant": {"replaced": true}}));
        assert_eq!(act["address"], "127.0.0.1");
        for round in 0..3 {
            sandbox.control().advance(Duration::from_secs(3_601));
            assert_eq!(
                connected.flood(),
                1,
                "expired, with a refresh token that is good once: round {round}"
            );
        }

        sandbox.control().advance(Duration::from_secs(3_601));
        sandbox.control().fail("/oauth/token", 1, 503);
        let failed = connected.call(0);
        assert_eq!(
            failed["structuredContent"]["error"]["kind"], "upstream_unreachable",
            "nobody has to connect anything: {failed}"
        );
        assert_eq!(connected.status(0), "active");
        assert_eq!(connected.flood(), 1, "the grant was kept");

        sandbox.control().revoke_grants();
        sandbox.control().clear_requests();
        for index in 0..10 {
            let error = connected.call(index)["structuredContent"]["error"].clone();
            assert_eq!(error["kind"], "needs_reauth");
            assert!(error["advice"].as_str().unwrap().contains("/connect"), "{error}");
        }
        assert!(
            connected.asked() <= 2,
            "a dead grant is tried once on each node, not with every call"
        );
        assert_eq!(connected.status(1), "needs_reauth");
        connected.connect(&vendor, 1);
        assert_eq!(connected.flood(), 0, "connected again: good at once, on both nodes");
    }
}
