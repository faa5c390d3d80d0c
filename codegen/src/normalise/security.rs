//! Security schemes and requirements: complete, and meaning each other.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Context;
use super::grammar::ObjectKind;
use super::walk::walk;
use crate::pointer::Trail;

/// Repairs schemes, then requirements.
pub(super) fn repair(root: &mut Value, cx: &mut Context<'_>) {
    let certificates = certificates(root);
    let known = schemes(root, cx);
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        if matches!(kind, ObjectKind::Document | ObjectKind::Operation)
            && let Some(Value::Array(alternatives)) = map.get_mut("security")
        {
            let trail = trail.key("security");
            let stated = alternatives.len();
            let mut index = 0;
            alternatives.retain_mut(|alternative| {
                index += 1;
                requirement(alternative, &known, &certificates, &trail.index(index - 1), cx)
            });
            // Without a single usable alternative, nothing is known about what is required.
            if stated > 0 && alternatives.is_empty() {
                map.shift_remove("security");
            }
        }
    });
}

/// Schemes that ask for a client certificate: the connection brings it, no request does.
fn certificates(root: &Value) -> BTreeSet<String> {
    let schemes = root["components"]["securitySchemes"].as_object();
    schemes
        .into_iter()
        .flatten()
        .filter(|(_, scheme)| scheme["type"] == "mutualTLS")
        .map(|(name, _)| name.clone())
        .collect()
}

fn requirement(
    alternative: &mut Value,
    known: &BTreeSet<String>,
    certificates: &BTreeSet<String>,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) -> bool {
    let Some(schemes) = alternative.as_object_mut() else {
        return false;
    };
    schemes.retain(|name, _| !certificates.contains(name));
    let mut usable = true;
    for (name, scopes) in schemes.iter_mut() {
        let trail = trail.key(name);
        if !known.contains(name) {
            cx.fault(
                "unknown-security-scheme",
                &trail,
                format!("no security scheme is called `{name}`; this alternative is left out"),
            );
            usable = false;
        }
        match scopes {
            Value::Array(items) if items.iter().all(Value::is_string) => {}
            Value::Array(items) => {
                cx.fault("wrong-type", &trail, "a scope is text; what is none is left out");
                items.retain(Value::is_string);
            }
            Value::String(scope) => {
                cx.fault(
                    "wrong-type",
                    &trail,
                    "text stands where a list of scopes belongs; read as its only item",
                );
                *scopes = json!([scope]);
            }
            _ => {
                cx.fault("wrong-type", &trail, "no list of scopes; read as an empty one");
                *scopes = json!([]);
            }
        }
    }
    usable
}

/// Repairs the schemes; the answer is the names of those that can be used.
fn schemes(root: &mut Value, cx: &mut Context<'_>) -> BTreeSet<String> {
    let Some(Value::Object(schemes)) =
        root.get_mut("components").and_then(|components| components.get_mut("securitySchemes"))
    else {
        return BTreeSet::new();
    };
    let components = Trail::root();
    let components = components.key("components");
    let trail = components.key("securitySchemes");
    schemes.retain(|name, scheme| match scheme {
        Value::Object(scheme) if !scheme.contains_key("$ref") => {
            usable(scheme, &trail.key(name), cx)
        }
        _ => true,
    });
    schemes.keys().cloned().collect()
}

fn usable(scheme: &mut Map<String, Value>, trail: &Trail<'_>, cx: &mut Context<'_>) -> bool {
    let text = |scheme: &Map<String, Value>, key: &str| {
        scheme.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let complaint = match text(scheme, "type").as_deref() {
        Some("http") if scheme.contains_key("scheme") => return true,
        Some("http") => "an http scheme needs `scheme`",
        Some("basic") => {
            cx.fault(
                "swagger-security",
                trail,
                "type `basic` (Swagger 2.0 wrote it so); read as `http` with scheme `basic`",
            );
            scheme.insert("type".to_owned(), json!("http"));
            scheme.insert("scheme".to_owned(), json!("basic"));
            return true;
        }
        Some("apiKey") => match (text(scheme, "name"), text(scheme, "in").as_deref()) {
            (Some(_), Some("header" | "query" | "cookie")) => return true,
            _ => "an API key needs `name` and `in` (header, query or cookie)",
        },
        Some("oauth2") => {
            let flows = scheme.entry("flows").or_insert_with(|| json!({}));
            if let Some(flows) = flows.as_object_mut() {
                let trail = trail.key("flows");
                for (name, flow) in flows.iter_mut() {
                    if let Some(flow) = flow.as_object_mut() {
                        complete(flow, name, &trail.key(name), cx);
                    }
                }
            }
            return true;
        }
        Some("openIdConnect") => {
            if !scheme.contains_key("openIdConnectUrl") {
                cx.fault(
                    "missing-member",
                    &trail.key("openIdConnectUrl"),
                    "`openIdConnectUrl` is missing; read as empty",
                );
                scheme.insert("openIdConnectUrl".to_owned(), json!(""));
            }
            return true;
        }
        Some("mutualTLS") => {
            cx.note(
                "client-certificate",
                trail,
                "`mutualTLS`: the connection brings the certificate; no request says it",
            );
            return false;
        }
        _ => "the type is none of http, apiKey, oauth2 and openIdConnect",
    };
    cx.fault("security-scheme", trail, format!("{complaint}; left out"));
    false
}

/// Addresses and scopes that an OAuth flow has to have.
fn complete(flow: &mut Map<String, Value>, name: &str, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let required: &[&str] = match name {
        "implicit" => &["authorizationUrl"],
        "password" | "clientCredentials" => &["tokenUrl"],
        _ => &["authorizationUrl", "tokenUrl"],
    };
    for key in required {
        if !flow.contains_key(*key) {
            cx.fault(
                "missing-member",
                &trail.key(key),
                format!("`{key}` is missing; read as empty"),
            );
            flow.insert((*key).to_owned(), json!(""));
        }
    }
    flow.entry("scopes").or_insert_with(|| json!({}));
}
