//! Which revision of the protocol a request speaks, decided for each request on its own.
//!
//! Up to 2025-11-25 a client begins with `initialize`; from 2026-07-28 on every request carries
//! its version and capabilities in `_meta` and repeats method and name in headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::mcp::message::Request;
use crate::mcp::reply::RpcError;

/// Revisions that begin with `initialize`, oldest first.
pub(crate) const WITH_HANDSHAKE: [&str; 4] =
    ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/// The revision that knows no handshake.
pub(crate) const PER_REQUEST: &str = "2026-07-28";

const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// Under which every request of the later revision says which client it comes from.
pub(crate) const CLIENT_KEY: &str = "io.modelcontextprotocol/clientInfo";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

/// The two ways of speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    /// With a handshake.
    Handshake,
    /// Without.
    PerRequest,
}

/// How messages arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framing<'a> {
    /// With these headers.
    Http(&'a HeaderMap),
    /// As lines.
    Stdio,
}

/// Every revision served, oldest first.
pub(crate) fn supported() -> Vec<&'static str> {
    WITH_HANDSHAKE.into_iter().chain([PER_REQUEST]).collect()
}

/// The lifecycle of a request, whose headers and `_meta` agree.
pub(crate) fn of(request: &Request, framing: Framing<'_>) -> Result<Lifecycle, RpcError> {
    let meta = request.params.get("_meta").and_then(Value::as_object);
    let stated = meta.and_then(|meta| meta.get(VERSION_KEY));
    let header = match framing {
        Framing::Http(headers) => text(headers, "mcp-protocol-version")?,
        Framing::Stdio => None,
    };
    let per_request =
        stated.is_some() || header == Some(PER_REQUEST) || request.method == "server/discover";
    if !per_request {
        return match header {
            Some(version) if !WITH_HANDSHAKE.contains(&version) => Err(unsupported(version)),
            _ => Ok(Lifecycle::Handshake),
        };
    }
    if let Framing::Http(headers) = framing {
        agree(headers, request, header, stated)?;
    }
    let version = match stated {
        Some(Value::String(version)) => version.as_str(),
        Some(_) => {
            return Err(
                RpcError::params(format!("_meta: `{VERSION_KEY}` must be a string")).refused()
            );
        }
        None => {
            return Err(RpcError::params(format!("_meta: `{VERSION_KEY}` is missing")).refused());
        }
    };
    if version != PER_REQUEST {
        return Err(unsupported(version));
    }
    if !meta.and_then(|meta| meta.get(CAPABILITIES_KEY)).is_some_and(Value::is_object) {
        return Err(RpcError::params(format!("_meta: `{CAPABILITIES_KEY}` is missing")).refused());
    }
    Ok(Lifecycle::PerRequest)
}

fn unsupported(version: &str) -> RpcError {
    let version: String = version.chars().take(64).collect();
    RpcError::new(-32022, "unsupported protocol version")
        .with(json!({"supported": supported(), "requested": version}))
        .refused()
}

/// The headers must repeat the body.
fn agree(
    headers: &HeaderMap,
    request: &Request,
    version: Option<&str>,
    stated: Option<&Value>,
) -> Result<(), RpcError> {
    let Some(version) = version else { return Err(mismatch("MCP-Protocol-Version is missing")) };
    if stated.and_then(Value::as_str).is_some_and(|stated| stated != version) {
        return Err(mismatch("MCP-Protocol-Version is not the version of the body"));
    }
    match text(headers, "mcp-method")? {
        None => return Err(mismatch("Mcp-Method is missing")),
        Some(method) if method != request.method => {
            return Err(mismatch("Mcp-Method is not the method of the body"));
        }
        Some(_) => {}
    }
    let Some(member) = named(&request.method) else { return Ok(()) };
    let Some(name) = request.params.get(member).and_then(Value::as_str) else { return Ok(()) };
    match text(headers, "mcp-name")? {
        None => Err(mismatch("Mcp-Name is missing")),
        Some(given) if decoded(given).as_deref() == Some(name) => Ok(()),
        Some(_) => Err(mismatch("Mcp-Name is not the name of the body")),
    }
}

/// The member of the parameters that `Mcp-Name` repeats.
fn named(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// `=?base64?…?=` stands for text that a header cannot carry.
fn decoded(text: &str) -> Option<String> {
    match text.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok(),
        None => Some(text.to_owned()),
    }
}

/// The only value of a header, white space around it cut.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, RpcError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(mismatch("a header is given twice"));
    }
    value
        .to_str()
        .map(|text| Some(text.trim()))
        .map_err(|_| mismatch("a header holds characters it cannot carry"))
}

fn mismatch(text: &str) -> RpcError {
    RpcError::new(-32020, text).refused()
}

/// The revision that `initialize` settles on.
pub(crate) fn negotiated(params: &Map<String, Value>) -> &'static str {
    let wanted = params.get("protocolVersion").and_then(Value::as_str);
    WITH_HANDSHAKE
        .into_iter()
        .find(|version| Some(*version) == wanted)
        .unwrap_or(WITH_HANDSHAKE[WITH_HANDSHAKE.len() - 1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_of_any_script_survives_its_header(name in ".{0,40}") {
            let header = format!("=?base64?{}?=", STANDARD.encode(&name));
            prop_assert_eq!(decoded(&header), Some(name.clone()));
            let _ = decoded(&format!("=?base64?{name}"));
        }
    }
}
