//! The texts of settings, read.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use upstream::HostPort;
use url::Url;

use super::LogFormat;

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let addresses = text
        .to_socket_addrs()
        .map_err(|_| format!("`{text}` is no address and port such as 127.0.0.1:8484"))?;
    addresses.into_iter().next().ok_or_else(|| format!("`{text}` has no address"))
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(PathBuf::from(text)) }
}

pub(super) fn public_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text)
        .map_err(|_| format!("`{text}` is no URL such as https://mcp.example.com"))?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if !plain || url.host_str().is_none() {
        return Err(format!("`{text}` must be http or https, without user, query or fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn database_url(text: &str) -> Result<String, String> {
    if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.to_owned())
    } else {
        Err("must begin with sqlite:// or postgres://".to_owned())
    }
}

pub(super) fn token(text: &str) -> Result<SecretString, String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(text.to_owned().into())
    } else {
        Err("must be visible ASCII characters without spaces".to_owned())
    }
}

pub(super) fn list<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse).collect()
}

pub(super) fn host(text: &str) -> Result<String, String> {
    host_port(text).map(|_| text.to_ascii_lowercase())
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
    });
    url.map(|url| url.origin().ascii_serialization())
        .ok_or_else(|| format!("`{text}` is no origin such as https://app.example.com"))
}

pub(super) fn host_port(text: &str) -> Result<HostPort, String> {
    text.parse().map_err(|error: upstream::origin::HostPortError| error.to_string())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text).parse::<f64>().ok();
    let fits = number.filter(|seconds| (0.001..=3600.0).contains(seconds));
    fits.map(Duration::from_secs_f64)
        .ok_or_else(|| format!("`{text}` is no number of seconds from 0.001 to 3600"))
}

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|bytes| (1_000..=100_000_000).contains(bytes));
    number.ok_or_else(|| format!("`{text}` is no number of bytes from 1000 to 100000000"))
}

pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("`{text}` is neither text nor json")),
    }
}

pub(super) fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().filter(|count| (1..=1_000_000).contains(count));
    number.ok_or_else(|| format!("`{text}` is no number from 1 to 1000000"))
}

pub(super) const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long a log is kept: a whole number of days, or of what the letter after it says.
pub(super) fn retention(text: &str) -> Result<Duration, String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let unit = match unit {
        "" | "d" => Some(DAY),
        "h" => Some(Duration::from_secs(3_600)),
        "m" => Some(Duration::from_secs(60)),
        "s" => Some(Duration::from_secs(1)),
        _ => None,
    };
    let time = unit.zip(number.parse().ok()).and_then(|(unit, number)| unit.checked_mul(number));
    time.filter(|time| (Duration::from_secs(1)..=36_500 * DAY).contains(time)).ok_or_else(|| {
        format!("`{text}` is no whole number of days from 1 to 36500, nor a time such as 36h, 90m or 60s")
    })
}

/// A time that may be none at all.
pub(super) fn grace(text: &str) -> Result<Duration, String> {
    if ["0", "0s"].contains(&text) { Ok(Duration::ZERO) } else { seconds(text) }
}
