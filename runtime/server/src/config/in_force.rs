//! The settings in force as people read them: each with its value and where that comes from. Of a
//! secret it is told that it is set, and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::Settings;
use super::parse::DAY;

/// Where the value of a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave one.
    Default,
    /// The settings file.
    File,
    /// The environment.
    Environment,
    /// A flag.
    Flag,
}

impl Source {
    pub(super) fn of(name: &str) -> Self {
        match name {
            super::FLAG => Self::Flag,
            super::ENVIRONMENT => Self::Environment,
            _ => Self::File,
        }
    }

    /// The words for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "settings file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        }
    }
}

/// Where the settings that were given come from. How they were given is no part of what they are.
#[derive(Clone, Default)]
pub struct Sources(BTreeMap<&'static str, Source>);

impl Sources {
    pub(super) fn note(&mut self, name: &'static str, source: Source) {
        self.0.insert(name, source);
    }

    fn of(&self, name: &str) -> Source {
        self.0.get(name).copied().unwrap_or(Source::Default)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// A setting in force.
#[derive(Debug, Clone)]
pub struct InForce {
    /// Its name.
    pub name: &'static str,
    /// Its value for people; `None` when it is not set.
    pub value: Option<String>,
    /// Where that comes from.
    pub source: Source,
}

impl Settings {
    /// Every setting, in the order of the help.
    #[must_use]
    pub fn in_force(&self) -> Vec<InForce> {
        let of = |name, value| InForce { name, value, source: self.sources.of(name) };
        let text = |name, value: &dyn fmt::Display| of(name, Some(value.to_string()));
        let words = |name, items: Vec<String>| {
            of(name, Some(items.join(", ")).filter(|list| !list.is_empty()))
        };
        let secret = |name, is_set: bool| of(name, is_set.then(|| "set".to_owned()));
        let path = self.ready_file.as_ref().map(|path| path.display().to_string());
        let hosts = self.upstream_hosts.iter().map(ToString::to_string).collect();
        vec![
            text("listen", &self.listen),
            of("ready-file", path),
            of("public-url", self.public_url.clone()),
            of("database-url", Some(without_secrets(&self.database_url))),
            secret("admin-token", self.admin_token.is_some()),
            secret("master-key", self.master_key.is_some()),
            words("allowed-hosts", self.allowed_hosts.clone()),
            words("allowed-origins", self.allowed_origins.clone()),
            words("upstream-hosts", hosts),
            of("upstream-timeout", Some(lasting(self.upstream_timeout))),
            of("max-result-bytes", Some(format!("{} bytes", self.max_result_bytes))),
            text("no-sandbox", &self.no_sandbox),
            text("log-format", &self.log_format),
            of("metrics-listen", self.metrics_listen.map(|address| address.to_string())),
            text("connections-per-address", &self.connections_per_address),
            words("trusted-proxies", self.trusted_proxies.words()),
            of("shutdown-grace", Some(lasting(self.shutdown_grace))),
            of("call-log-retention", Some(lasting(self.call_log_retention))),
            of("audit-retention", Some(lasting(self.audit_retention))),
            of("timezone", self.timezone.iana_name().map(str::to_owned)),
        ]
    }
}

/// An address of a database without user, password and parameters, any of which may be a secret.
fn without_secrets(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.split(['?', '#']).next().unwrap_or_default().to_owned();
    }
    let parsed = Url::parse(url).ok();
    let place = parsed.as_ref().and_then(|url| {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{}{port}{}", url.scheme(), url.host_str()?, url.path()))
    });
    place.unwrap_or_else(|| "postgres://…".to_owned())
}

fn lasting(time: Duration) -> String {
    let days = time.as_secs() / DAY.as_secs();
    let whole = days > 0 && time == DAY * u32::try_from(days).unwrap_or(u32::MAX);
    match days {
        1 if whole => "1 day".to_owned(),
        _ if whole => format!("{days} days"),
        _ => format!("{} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_databases_are_told_without_secrets() {
        for (url, told) in [
            ("sqlite://data/drawbridge.db", "sqlite://data/drawbridge.db"),
            ("sqlite://a.db?key=canary", "sqlite://a.db"),
            (
                "postgres://ada:canary@db.example:5433/gate?password=canary",
                "postgres://db.example:5433/gate",
            ),
            ("postgresql://db/gate", "postgresql://db/gate"),
            ("postgres://ada:can/ary@", "postgres://…"),
        ] {
            assert_eq!(without_secrets(url), told);
        }
    }

    #[test]
    fn times_are_told_in_days_or_seconds() {
        for (time, told) in [(DAY, "1 day"), (DAY * 90, "90 days"), (DAY / 2, "43200 s")] {
            assert_eq!(lasting(time), told);
        }
        assert_eq!(lasting(Duration::from_millis(1_500)), "1.5 s");
    }
}
