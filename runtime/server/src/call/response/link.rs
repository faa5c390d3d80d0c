//! Where people see what an answer shows: an address below the account's host, for an agent to hand
//! on. The vendor's body stays as it is; the address stands beside it.

use serde_json::Value;
use support::{Response, Tool};

use crate::call::outcome::{Block, Outcome};
use crate::json::member;

/// The longest id that is put into an address, in bytes.
const LONGEST: usize = 200;

/// What is said beside the answer; `None` where nothing opens.
pub(crate) fn block(
    tool: &Tool,
    origin: Option<&str>,
    response: &Response,
    outcome: &Outcome,
) -> Option<Block> {
    let path = tool.opens_at?;
    let address = format!("{}{path}", origin?.trim_end_matches('/'));
    if outcome.failure.is_some() || !response.status.is_success() {
        return None;
    }
    if tool.pagination.is_some() {
        if outcome.json().starts_with("{\"result\":[]") {
            return None;
        }
        return Some(Block::text(&format!("Each row opens in the browser at {address}.")));
    }
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    Some(Block::text(&format!("It opens in the browser at {}", filled(&address, &body)?)))
}

/// The address with what the answer has for each member in braces; `None` when it lacks one.
fn filled(address: &str, body: &Value) -> Option<String> {
    let mut parts = address.split('{');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let id = match member(body, name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        if id.is_empty() || id.len() > LONGEST {
            return None;
        }
        out.extend(url::form_urlencoded::byte_serialize(id.as_bytes()));
        out.push_str(rest);
    }
    Some(out)
}
