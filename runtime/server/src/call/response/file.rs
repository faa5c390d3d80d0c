//! Downloads: an embedded resource with type and name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::LOCATION;
use serde_json::json;
use support::{Response, Tool, headers};
use url::Url;

use super::failure;
use crate::bound;
use crate::call::outcome::{Block, Outcome};

/// The longest address of a file that is handed on, in bytes.
const ADDRESS: usize = 8192;

/// The address that the read of a file was sent on to. It is handed to the caller and never
/// followed: it may lie on another host.
pub(crate) fn moved(tool: &Tool, response: &Response) -> Option<Outcome> {
    let file = tool.operation.accept != "application/json";
    if !(file && tool.annotations.read_only && response.status.is_redirection()) {
        return None;
    }
    let address = Url::parse(response.headers.get(LOCATION)?.to_str().ok()?).ok()?;
    if !matches!(address.scheme(), "http" | "https") || address.as_str().len() > ADDRESS {
        return None;
    }
    let name = address
        .path_segments()
        .and_then(|mut segments| segments.next_back())
        .filter(|name| !name.is_empty())
        .unwrap_or(tool.name);
    let name = bound::cut(name, bound::NAME);
    let mut outcome = Outcome::success(json!({"name": name, "url": address.as_str()}).to_string());
    outcome
        .blocks
        .push(Block(json!({"type": "resource_link", "uri": address.as_str(), "name": name})));
    Some(outcome)
}

/// The file as an embedded resource; images and sounds as what clients can show.
pub(crate) fn outcome(tool: &'static Tool, response: &Response, limit: usize) -> Outcome {
    let size = response.body.len();
    if size > limit {
        return failure::too_large_text(size, limit);
    }
    let media = match response.media_type() {
        media if media.is_empty() => "application/octet-stream".to_owned(),
        media => bound::cut_owned(media, bound::NAME),
    };
    let name = headers::file_name(&response.headers).unwrap_or_else(|| tool.name.to_owned());
    let data = STANDARD.encode(&response.body);
    let block = if let Some(kind @ ("image" | "audio")) = media.split('/').next() {
        json!({"type": kind, "data": data, "mimeType": media})
    } else {
        let uri = format!(
            "attachment:{}",
            percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC)
        );
        json!({"type": "resource", "resource": {"uri": uri, "mimeType": media, "blob": data, "_meta": {"name": name}}})
    };
    let mut outcome =
        Outcome::success(json!({"name": name, "content_type": media, "size": size}).to_string());
    outcome.blocks.push(Block(block));
    outcome
}
