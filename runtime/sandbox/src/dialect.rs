//! The error forms of the APIs that the sandbox speaks.

use serde_json::{Map, Value, json};

use crate::reply::Reply;

const SCIM_ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Which API a path belongs to; decides how faults are worded on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Ironclad's public API: `{code, message, param?}`.
    Ironclad,
    /// Ironclad's SCIM: the error message of RFC 7644.
    IroncladScim,
    /// Ironclad's OAuth endpoints: `{error, error_description}`.
    IroncladOauth,
    /// Torii's REST API: `{statusCode, error, message}`.
    Torii,
    /// Torii's SCIM.
    ToriiScim,
}

impl Dialect {
    /// An error answer. `param` may be empty.
    pub(crate) fn error(self, status: u16, code: &str, message: &str, param: &str) -> Reply {
        let body = match self {
            Self::Ironclad => {
                let mut body = Map::new();
                body.insert("code".into(), code.into());
                body.insert("message".into(), message.into());
                if !param.is_empty() {
                    body.insert("param".into(), param.into());
                }
                Value::Object(body)
            }
            Self::IroncladOauth => {
                json!({ "error": oauth_code(code), "error_description": message })
            }
            Self::IroncladScim | Self::ToriiScim => scim_error(status, code, message),
            Self::Torii => {
                json!({ "statusCode": status, "error": reason(status), "message": message })
            }
        };
        Reply::status(status, body)
    }
}

fn scim_error(status: u16, code: &str, message: &str) -> Value {
    let mut body = Map::new();
    body.insert("schemas".into(), json!([SCIM_ERROR]));
    body.insert("status".into(), status.to_string().into());
    let keyword = match code {
        "INVALID_FILTER" => Some("invalidFilter"),
        "CONFLICT" => Some("uniqueness"),
        "MUTABILITY" => Some("mutability"),
        "MISSING_PARAM" | "INVALID_PARAM" if status == 400 => Some("invalidValue"),
        _ => None,
    };
    if let Some(keyword) = keyword {
        body.insert("scimType".into(), keyword.into());
    }
    body.insert("detail".into(), message.into());
    Value::Object(body)
}

fn oauth_code(code: &str) -> &str {
    match code {
        "MISSING_PARAM" | "INVALID_PARAM" | "NOT_FOUND" => "invalid_request",
        "TOO_MANY_REQUESTS" => "slow_down",
        other => other,
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    }
}
