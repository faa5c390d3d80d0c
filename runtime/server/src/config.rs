//! Settings: flags, then `DRAWBRIDGE_*`, then `drawbridge.toml`, the same names in all three.
//!
//! They are read as texts first and checked together, so that every bad one is named at once.

mod in_force;
mod parse;
mod proxies;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use upstream::HostPort;

pub use self::in_force::{InForce, Source, Sources};
pub use self::proxies::TrustedProxies;

use self::parse::{
    DAY, address, bytes, count, database_url, flag, grace, host, host_port, list, log_format,
    origin, path, public_url, retention, seconds, token,
};
use crate::provision::Keys;
use crate::when;

/// The largest result of a tool unless it is set, in bytes: clients cut at 25,000 tokens.
pub const MAX_RESULT_BYTES: usize = 64_000;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to write `{"url","admin_token"?,"mcpServers"?}` once listening; the secrets on a first
    /// start only.
    pub ready_file: Option<PathBuf>,
    /// How the world reaches this program: scheme, host, port, perhaps a path.
    pub public_url: Option<String>,
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: String,
    /// A token that opens the admin API.
    pub admin_token: Option<SecretString>,
    /// The master keys, where they are set.
    pub master_key: Option<Keys>,
    /// Values of `Host` beside loopback and the public URL's.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` beside loopback and the public URL's.
    pub allowed_origins: Vec<String>,
    /// Hosts that accounts may point at beside the vendors' own.
    pub upstream_hosts: Vec<HostPort>,
    /// How long an upstream call may take ([`upstream::TIMEOUT`]).
    pub upstream_timeout: Duration,
    /// The largest result of a tool, in bytes ([`MAX_RESULT_BYTES`]).
    pub max_result_bytes: usize,
    /// Whether the sandbox stays off.
    pub no_sandbox: bool,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Where metrics are served, when not with everything else.
    pub metrics_listen: Option<SocketAddr>,
    /// Connections that one address may have open (with IPv6 one /64), and requests under way that
    /// proxies may bring for it.
    pub connections_per_address: usize,
    /// Proxies in front of this program, whose word on the caller's address counts.
    pub trusted_proxies: TrustedProxies,
    /// How long requests under way may take to end when the program is told to.
    pub shutdown_grace: Duration,
    /// How long the log of calls remembers.
    pub call_log_retention: Duration,
    /// How long the log of administrative acts remembers.
    pub audit_retention: Duration,
    /// Whose clocks say what *today* and *Friday* mean where no browser does.
    pub timezone: TimeZone,
    /// Where those that were given come from.
    pub sources: Sources,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings as flags; texts, so that all bad ones can be named together.
#[derive(Debug, Default, Clone, clap::Args)]
#[command(
    next_help_heading = "Settings (also DRAWBRIDGE_* in the environment, or names in drawbridge.toml)"
)]
pub struct Flags {
    /// Address to listen at; port 0 takes a free one [default: 127.0.0.1:8484]
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// File to write {"url","admin_token"?,"mcpServers"?} to once listening, for its owner only;
    /// the secrets on a first start only
    #[arg(long, global = true, value_name = "PATH")]
    pub ready_file: Option<String>,
    /// URL under which clients reach this program
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// sqlite://PATH or postgres://… [default: sqlite://data/drawbridge.db]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Token that opens the admin API
    #[arg(long, global = true, value_name = "TOKEN")]
    pub admin_token: Option<String>,
    /// 32 bytes in base64 that seal credentials; several separated by commas: the first seals, all
    /// open
    #[arg(long, global = true, value_name = "KEY")]
    pub master_key: Option<String>,
    /// Further values of Host to accept, separated by commas
    #[arg(long, global = true, value_name = "HOSTS")]
    pub allowed_hosts: Option<String>,
    /// Further values of Origin to accept, separated by commas
    #[arg(long, global = true, value_name = "ORIGINS")]
    pub allowed_origins: Option<String>,
    /// host:port that accounts may point at beside the vendors' own; may be private and plain http
    #[arg(long, global = true, value_name = "HOSTS")]
    pub upstream_hosts: Option<String>,
    /// How long an upstream call may take.
    #[arg(long, global = true, value_name = "SECONDS", help = format!("Seconds that an upstream call may take [default: {}]", upstream::TIMEOUT.as_secs()))]
    pub upstream_timeout: Option<String>,
    /// The largest result of a tool.
    #[arg(long, global = true, value_name = "BYTES", help = format!("Largest result of a tool in bytes [default: {MAX_RESULT_BYTES}]"))]
    pub max_result_bytes: Option<String>,
    /// Do without the built-in sandbox tenants
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub no_sandbox: Option<String>,
    /// text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Address of its own for /metrics
    #[arg(long, global = true, value_name = "ADDR")]
    pub metrics_listen: Option<String>,
    /// Connections that one address may have open, an IPv6 /64 being one address [default: 2048]
    #[arg(long, global = true, value_name = "COUNT")]
    pub connections_per_address: Option<String>,
    /// Networks of the proxies in front, separated by commas: callers are whom their Forwarded or
    /// X-Forwarded-For names
    #[arg(long, global = true, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
    /// Seconds that requests under way may take to end when the program is told to [default: 25]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub shutdown_grace: Option<String>,
    /// Days that the call log is kept, or a time such as 36h [default: 90]
    #[arg(long, global = true, value_name = "DAYS")]
    pub call_log_retention: Option<String>,
    /// Days that the log of administrative acts is kept, or a time such as 36h [default: 730]
    #[arg(long, global = true, value_name = "DAYS")]
    pub audit_retention: Option<String>,
    /// Time zone by its IANA name: what today and Friday mean where a browser does not say
    /// [default: UTC]
    #[arg(long, global = true, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Settings file [default: drawbridge.toml, when there is one]
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,
}

/// Every bad setting, each with where it came from.
#[derive(Debug, thiserror::Error)]
#[error("bad settings:\n  {}", .0.join("\n  "))]
pub struct BadSettings(pub Vec<String>);

const NAMES: [&str; 20] = [
    "listen",
    "ready-file",
    "public-url",
    "database-url",
    "admin-token",
    "master-key",
    "allowed-hosts",
    "allowed-origins",
    "upstream-hosts",
    "upstream-timeout",
    "max-result-bytes",
    "no-sandbox",
    "log-format",
    "metrics-listen",
    "connections-per-address",
    "trusted-proxies",
    "shutdown-grace",
    "call-log-retention",
    "audit-retention",
    "timezone",
];

const PREFIX: &str = "DRAWBRIDGE_";

const ENVIRONMENT: &str = "the environment";
const FLAG: &str = "a flag";

impl Flags {
    fn texts(&self) -> BTreeMap<String, String> {
        let values = [
            &self.listen,
            &self.ready_file,
            &self.public_url,
            &self.database_url,
            &self.admin_token,
            &self.master_key,
            &self.allowed_hosts,
            &self.allowed_origins,
            &self.upstream_hosts,
            &self.upstream_timeout,
            &self.max_result_bytes,
            &self.no_sandbox,
            &self.log_format,
            &self.metrics_listen,
            &self.connections_per_address,
            &self.trusted_proxies,
            &self.shutdown_grace,
            &self.call_log_retention,
            &self.audit_retention,
            &self.timezone,
        ];
        NAMES
            .into_iter()
            .zip(values)
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect()
    }
}

impl Settings {
    /// Reads the settings of this process: its flags, its environment, and the file in its
    /// directory.
    ///
    /// # Errors
    /// [`BadSettings`], naming every one.
    pub fn load(flags: &Flags) -> Result<Self, BadSettings> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads settings")]
        let environment = std::env::vars_os();
        let environment = environment.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::gather(flags, environment, Path::new("drawbridge.toml"))
    }

    /// Reads settings from flags, these environment variables, and `file` when it exists.
    ///
    /// # Errors
    /// [`BadSettings`], naming every one.
    pub fn gather(
        flags: &Flags,
        environment: impl Iterator<Item = (String, String)>,
        file: &Path,
    ) -> Result<Self, BadSettings> {
        let mut violations = Vec::new();
        let mut sources = Figment::new();
        match file_of(flags, file) {
            Ok(Some(toml)) => match toml.data() {
                Ok(data) => {
                    let unknown = data
                        .values()
                        .flat_map(Map::keys)
                        .filter(|name| !NAMES.contains(&name.as_str()));
                    violations.extend(unknown.map(|name| {
                        format!(
                            "{name} (in the settings file): is no setting; known: {}",
                            NAMES.join(", ")
                        )
                    }));
                    sources = sources.merge(toml);
                }
                // The lines after the first quote the file, which may hold secrets.
                Err(error) => {
                    let error = error.to_string();
                    violations.push(format!(
                        "the settings file cannot be read: {}",
                        error.lines().next().unwrap_or_default()
                    ));
                }
            },
            Ok(None) => {}
            Err(violation) => violations.push(violation),
        }
        let variables = variables(environment, &mut violations);
        sources = sources.merge(Texts(ENVIRONMENT, variables)).merge(Texts(FLAG, flags.texts()));
        let mut reader = Reader { sources, violations, given: Sources::default() };
        let settings = reader.settings();
        if reader.violations.is_empty() {
            Ok(settings)
        } else {
            Err(BadSettings(reader.violations))
        }
    }
}

fn file_of(
    flags: &Flags,
    default: &Path,
) -> Result<Option<figment::providers::Data<Toml>>, String> {
    match &flags.config {
        Some(path) if !path.is_file() => {
            Err(format!("config (from a flag): there is no file {}", path.display()))
        }
        Some(path) => Ok(Some(Toml::file_exact(path))),
        None => Ok(default.is_file().then(|| Toml::file_exact(default))),
    }
}

/// The variables that are settings. `DRAWBRIDGE_TEST_…` belongs to the tests.
fn variables(
    environment: impl Iterator<Item = (String, String)>,
    violations: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (variable, value) in environment {
        let Some(rest) = variable.strip_prefix(PREFIX).filter(|rest| !rest.starts_with("TEST_"))
        else {
            continue;
        };
        let name = rest.to_ascii_lowercase().replace('_', "-");
        if NAMES.contains(&name.as_str()) {
            texts.insert(name, value);
        } else {
            violations.push(format!(
                "{variable} (in the environment): is no setting; known: {}",
                NAMES.join(", ")
            ));
        }
    }
    texts
}

/// Settings of one source as texts.
struct Texts(&'static str, BTreeMap<String, String>);

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict =
            self.1.iter().map(|(name, text)| (name.clone(), Value::from(text.clone()))).collect();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

struct Reader {
    sources: Figment,
    violations: Vec<String>,
    given: Sources,
}

impl Reader {
    fn settings(&mut self) -> Settings {
        let mut settings = self.each();
        settings.sources = std::mem::take(&mut self.given);
        let said = self.violations.iter().any(|violation| {
            violation.starts_with("master-key") || violation.starts_with("database-url")
        });
        if !said && settings.master_key.is_none() && !settings.database_url.starts_with("sqlite:") {
            self.violations
                .push("master-key: is needed with PostgreSQL, where no file of one node could hold it; 32 bytes in base64".to_owned());
        }
        settings
    }

    fn each(&mut self) -> Settings {
        Settings {
            listen: self
                .read("listen", address)
                .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8484))),
            ready_file: self.read("ready-file", path),
            public_url: self.read("public-url", public_url),
            database_url: self
                .read("database-url", database_url)
                .unwrap_or_else(|| "sqlite://data/drawbridge.db".to_owned()),
            admin_token: self.read("admin-token", token),
            master_key: self
                .read("master-key", |text| Keys::parse(text).map_err(|error| error.to_string())),
            allowed_hosts: self.read("allowed-hosts", |text| list(text, host)).unwrap_or_default(),
            allowed_origins: self
                .read("allowed-origins", |text| list(text, origin))
                .unwrap_or_default(),
            upstream_hosts: self
                .read("upstream-hosts", |text| list(text, host_port))
                .unwrap_or_default(),
            upstream_timeout: self.read("upstream-timeout", seconds).unwrap_or(upstream::TIMEOUT),
            max_result_bytes: self.read("max-result-bytes", bytes).unwrap_or(MAX_RESULT_BYTES),
            no_sandbox: self.read("no-sandbox", flag).unwrap_or_default(),
            log_format: self.read("log-format", log_format).unwrap_or(LogFormat::Text),
            metrics_listen: self.read("metrics-listen", address),
            connections_per_address: self.read("connections-per-address", count).unwrap_or(2_048),
            trusted_proxies: self.read("trusted-proxies", str::parse).unwrap_or_default(),
            shutdown_grace: self.read("shutdown-grace", grace).unwrap_or(Duration::from_secs(25)),
            call_log_retention: self.read("call-log-retention", retention).unwrap_or(90 * DAY),
            audit_retention: self.read("audit-retention", retention).unwrap_or(730 * DAY),
            timezone: self.read("timezone", when::zone).unwrap_or(TimeZone::UTC),
            sources: Sources::default(),
        }
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.sources.find_value(name).ok()?;
        let source = self
            .sources
            .find_metadata(name)
            .map_or("somewhere".into(), |metadata| metadata.name.clone());
        let parsed = text_of(&value)
            .ok_or_else(|| "must be a text, a number, true, false, or a list of texts".to_owned());
        match parsed.and_then(|text| parse(&text)) {
            Ok(value) => {
                self.given.note(name, Source::of(&source));
                Some(value)
            }
            Err(violation) => {
                self.violations.push(format!("{name} (from {source}): {violation}"));
                None
            }
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    if let Some(array) = value.as_array() {
        let texts: Option<Vec<String>> = array.iter().map(text_of).collect();
        return texts.map(|texts| texts.join(","));
    }
    let number = || {
        value
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| value.to_u128().map(|number| number.to_string()))
    };
    value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.to_bool().map(|flag| flag.to_string()))
        .or_else(number)
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests;
