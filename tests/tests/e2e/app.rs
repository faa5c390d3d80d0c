//! The running program with a sandbox beside it. Dropping it checks what must hold after any test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::http::Admin;
use crate::journal;
use crate::mcp::Mcp;
use crate::programs::programs;
use crate::wait::eventually;

const ADMIN_TOKEN: &str = "admin-token-8c1f4be0a7d24c6f93b1";
const PATIENCE: Duration = Duration::from_secs(30);

/// How a program is started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    sandbox: Options,
    flags: Vec<(String, String)>,
    requests_by_the_book: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { sandbox: Options::default(), flags: Vec::new(), requests_by_the_book: true }
    }
}

impl Setup {
    /// A setting, by its name as a flag.
    pub(crate) fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes the sandbox's options.
    pub(crate) fn sandbox(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.sandbox);
        self
    }

    /// For tests whose arguments, though admitted, do not fit the document (open bodies with odd
    /// values).
    pub(crate) fn requests_may_differ_from_the_document(mut self) -> Self {
        self.requests_by_the_book = false;
        self
    }

    pub(crate) async fn start(self) -> TestApp {
        let sandbox = Sandbox::new(self.sandbox.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let upstream = listener.local_addr().expect("a bound port").to_string();
        let serving = tokio::spawn(sandbox.clone().serve(listener));
        let directory = tempfile::tempdir().expect("a temporary directory");
        let node = Node::start(directory.path(), "node", &upstream, &self.flags).await;
        let secrets = [
            &self.sandbox.ironclad_token,
            &self.sandbox.torii_token,
            &self.sandbox.torii_scim_token,
            &self.sandbox.oauth_client_secret,
            &node.admin.token,
        ];
        let secrets = Secrets(Arc::new(Mutex::new(secrets.map(Clone::clone).to_vec())));
        let by_the_book = self.requests_by_the_book;
        TestApp {
            directory,
            sandbox,
            serving,
            upstream,
            node: Some(node),
            options: self.sandbox,
            flags: self.flags,
            secrets,
            by_the_book,
        }
    }
}

/// Values that may appear in no log and no database file.
#[derive(Debug, Clone)]
struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    fn add(&self, value: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value.to_owned());
    }

    fn values(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One running `runtime`.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    pub(crate) admin: Admin,
    log: PathBuf,
    output: PathBuf,
    stopped: bool,
}

impl Node {
    /// Starts the program and waits until it serves. Its files are in `directory`, named after
    /// `name`.
    pub(crate) async fn start(
        directory: &Path,
        name: &str,
        upstream: &str,
        flags: &[(String, String)],
    ) -> Self {
        let ready = directory.join(format!("{name}.ready.json"));
        _ = std::fs::remove_file(&ready);
        let (log, output) =
            (directory.join(format!("{name}.log")), directory.join(format!("{name}.out")));
        let appended = |path: &Path| {
            std::fs::OpenOptions::new().create(true).append(true).open(path).expect("a log file")
        };
        let mut command = Command::new(&programs().runtime);
        command
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RUST_LOG", "trace");
        command.env("RUST_BACKTRACE", "1");
        let database = format!("sqlite://{}/drawbridge.db", directory.display());
        let defaults = [
            ("listen", "127.0.0.1:0"),
            ("database-url", &database),
            ("admin-token", ADMIN_TOKEN),
            ("upstream-hosts", upstream),
            ("no-sandbox", "true"),
        ];
        for (setting, value) in defaults {
            if !flags.iter().any(|(name, _)| name == setting) {
                command.arg(format!("--{setting}={value}"));
            }
        }
        for (setting, value) in flags {
            command.arg(format!("--{setting}={value}"));
        }
        command.arg(format!("--ready-file={}", ready.display()));
        command.stdin(Stdio::null()).stdout(appended(&output)).stderr(appended(&log));
        let mut child = command.spawn().expect("the program starts");
        let base = ready_url(&mut child, &ready, &log).await;
        let token = flags
            .iter()
            .find(|(name, _)| name == "admin-token")
            .map_or(ADMIN_TOKEN, |(_, token)| token)
            .to_owned();
        Self { child, admin: Admin { base, token }, log, output, stopped: false }
    }

    /// Ends the program without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a running program can be killed");
        self.child.wait().expect("a killed program ends");
        self.stopped = true;
    }

    /// Asks the program to end and waits for it.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.stopped = true;
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill is there");
        let (ended, told) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            let is_late = told.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
            if is_late {
                _ = Command::new("kill").args(["-KILL", &id]).status();
            }
            is_late
        });
        let status = self.child.wait().expect("a child can be waited for");
        drop(ended);
        let is_late = watch.join().expect("it cannot panic");
        assert!(!is_late, "the program does not end when asked to");
        status
    }

    pub(crate) fn log_text(&self) -> String {
        std::fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn output_text(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Still alive, ends cleanly, has not panicked, has told no secret.
    fn check(&mut self, secrets: &[String]) {
        if !self.stopped {
            let ended = self.child.try_wait().expect("a child can be waited for");
            assert!(
                ended.is_none(),
                "the program ended by itself: {ended:?}\n{}",
                tail(&self.log_text())
            );
            let status = self.terminate();
            assert!(
                status.success(),
                "the program ended with {status}\n{}",
                tail(&self.log_text())
            );
        }
        let log = self.log_text();
        assert!(!log.contains("panicked at"), "a panic:\n{}", around(&log, "panicked at"));
        for secret in secrets {
            assert!(
                !log.contains(secret.as_str()),
                "a secret in the log:\n{}",
                around(&log, secret)
            );
            assert!(
                !self.output_text().contains(secret.as_str()),
                "a secret in the output:\n{}",
                self.output_text()
            );
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

async fn ready_url(child: &mut Child, ready: &Path, log: &Path) -> String {
    let nothing = format!("the program is not ready; its log: {}", log.display());
    eventually(PATIENCE, &nothing, async || {
        if let Ok(text) = std::fs::read_to_string(ready) {
            let ready: Value = serde_json::from_str(&text).expect("the ready file appears whole");
            let url = ready["url"].as_str().expect("the ready file holds the url");
            return Some(url.trim_end_matches('/').to_owned());
        }
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            let log = std::fs::read_to_string(log).unwrap_or_default();
            panic!("the program ended with {status}\n{}", tail(&log));
        }
        None
    })
    .await
}

/// The program, its sandbox and its directory.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) directory: TempDir,
    pub(crate) sandbox: Sandbox,
    serving: JoinHandle<std::io::Result<()>>,
    pub(crate) upstream: String,
    node: Option<Node>,
    options: Options,
    flags: Vec<(String, String)>,
    secrets: Secrets,
    by_the_book: bool,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Setup::default().start().await
    }

    pub(crate) fn node(&mut self) -> &mut Node {
        self.node.as_mut().expect("the program runs")
    }

    pub(crate) fn admin(&self) -> &Admin {
        &self.node.as_ref().expect("the program runs").admin
    }

    /// The program's own address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.admin().base)
    }

    /// The sandbox's own address.
    pub(crate) fn sandbox_url(&self) -> String {
        format!("http://{}", self.upstream)
    }

    /// Another value that may appear nowhere.
    pub(crate) fn keep_secret(&self, value: &str) {
        self.secrets.add(value);
    }

    pub(crate) fn secret_values(&self) -> Vec<String> {
        self.secrets.values()
    }

    /// Credentials that the sandbox accepts.
    pub(crate) fn credentials(&self, integration: &str) -> Value {
        match integration {
            "ironclad" => json!({"type": "bearer", "token": self.options.ironclad_token}),
            "torii" => {
                json!({"type": "bearer", "token": self.options.torii_token, "scim_token": self.options.torii_scim_token})
            }
            other => panic!("no credentials for {other}"),
        }
    }

    /// Connects an account at the sandbox and gives its id.
    pub(crate) async fn account(&self, integration: &str) -> String {
        self.account_with(integration, self.credentials(integration)).await
    }

    pub(crate) async fn account_with(&self, integration: &str, credentials: Value) -> String {
        let base_url = format!("http://{}", self.upstream);
        let body = json!({"integration": integration, "name": format!("{integration} sandbox"), "base_url": base_url, "credentials": credentials});
        let account = self.admin().post("/integrated-account", &body).await.expect(201);
        account["id"].as_str().expect("an account has an id").to_owned()
    }

    /// An MCP server over a new account.
    pub(crate) async fn server(&self, integration: &str, config: Value) -> Mcp {
        let account = self.account(integration).await;
        self.server_of(&account, &json!({"name": "test", "config": config})).await
    }

    /// An MCP server over an account, from a whole request body.
    pub(crate) async fn server_of(&self, account: &str, body: &Value) -> Mcp {
        let made = self
            .admin()
            .post(&format!("/integrated-account/{account}/mcp"), body)
            .await
            .expect(201);
        let text = |name: &str| {
            made[name].as_str().unwrap_or_else(|| panic!("no {name}: {made}")).to_owned()
        };
        let mcp = Mcp {
            url: text("url"),
            token: text("token"),
            server_id: text("id"),
            account_id: account.to_owned(),
        };
        self.secrets.add(&mcp.token);
        mcp
    }

    /// Every Ironclad tool without restriction.
    pub(crate) async fn ironclad(&self) -> Mcp {
        self.server("ironclad", json!({})).await
    }

    /// Every Torii tool without restriction.
    pub(crate) async fn torii(&self) -> Mcp {
        self.server("torii", json!({})).await
    }

    /// Starts the program again over the same database.
    pub(crate) async fn restart(&mut self) {
        let mut node = self.node.take().expect("the program runs");
        if !node.stopped {
            node.terminate();
        }
        drop(node);
        self.node =
            Some(Node::start(self.directory.path(), "node", &self.upstream, &self.flags).await);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.serving.abort();
        let Some(mut node) = self.node.take() else { return };
        if std::thread::panicking() {
            eprintln!("the program's log ends:\n{}", tail(&node.log_text()));
            return;
        }
        node.check(&self.secrets.values());
        if self.by_the_book {
            let violations = journal::violations(&self.sandbox.requests());
            assert!(
                violations.is_empty(),
                "requests that the documents do not allow:\n{}",
                violations.join("\n")
            );
        }
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.contains("TRACE") && !line.contains("DEBUG")).collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

fn around(text: &str, needle: &str) -> String {
    text.lines().filter(|line| line.contains(needle)).take(5).collect::<Vec<_>>().join("\n")
}
