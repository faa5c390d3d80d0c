//! The call that a README and an example show: of an operation that needs little.

use std::fmt::Write as _;

use crate::ir::{Api, Operation, SchemeKind};

use super::builder::{Way, ways};
use super::{client, rust};

/// A call, in Rust.
pub(super) struct Example {
    /// The operation's struct.
    pub(super) operation: String,
    /// The client's method.
    pub(super) method: String,
    /// The operation with its arguments.
    pub(super) arguments: String,
    /// The credentials it needs; empty when it needs none.
    pub(super) credentials: String,
    /// The statement that reads the secret for [`setters`](Self::setters).
    pub(super) secret: Option<String>,
    /// What stands between `Client::builder()` and `.build()`.
    pub(super) setters: String,
    /// Whether the document names a server for it.
    has_server: bool,
}

impl Example {
    /// The call to show for an API.
    pub(super) fn of(api: &Api) -> Option<Self> {
        let operation = &api.operations[api.shown?];
        let has_server = operation.origin.is_some() || !api.origins.is_empty();
        let credentials = credentials(api, operation);
        let (secret, setter) = secret(api, operation, &credentials).unzip();
        let base_url = if has_server { "" } else { ".base_url(\"https://api.example.com\")" };
        Some(Self {
            operation: rust::ident(&operation.type_ident).to_string(),
            method: client::method(operation).to_string(),
            arguments: arguments(operation),
            credentials,
            secret,
            setters: format!("{base_url}{}", setter.unwrap_or_default()),
            has_server,
        })
    }

    /// What follows `Target::new(&API)`.
    pub(super) fn target(&self) -> String {
        let origin = if self.has_server { "" } else { ".origin(\"https://api.example.com\")" };
        let credentials = if self.credentials.is_empty() {
            String::new()
        } else {
            format!(".credentials({})", self.credentials)
        };
        format!("{origin}{credentials}")
    }
}

fn arguments(operation: &Operation) -> String {
    let name = rust::ident(&operation.type_ident).to_string();
    let required: Vec<_> =
        operation.parameters.iter().filter(|parameter| parameter.required).collect();
    if required.is_empty() {
        return format!("{name}::new()");
    }
    let values: Vec<String> =
        required.iter().map(|parameter| rust::literal(&parameter.wire)).collect();
    format!("{name}::new({})", values.join(", "))
}

/// What satisfies the first requirement of a client that is ready to call: the statement that reads
/// it, and the setter that takes it. `by_scheme` is what satisfies several schemes at once.
fn secret(api: &Api, operation: &Operation, by_scheme: &str) -> Option<(String, String)> {
    let names = operation.security.iter().find(|all| !all.is_empty())?;
    let variable = |what: &str| {
        let slug = api.slug.to_ascii_uppercase().replace('-', "_");
        format!("std::env::var(\"{slug}_{what}\")?")
    };
    let own = |name: &String| api.further_tokens.iter().any(|token| token.scheme == *name);
    let mut schemes = api.schemes.iter().filter(|scheme| names.contains(&scheme.name));
    let only = schemes.next().filter(|_| schemes.next().is_none() && !names.iter().any(own));
    let setter = |name: &str, arguments: &str| format!(".{name}({arguments})");
    Some(match only.and_then(|scheme| ways(&scheme.kind).first()) {
        Some(Way::BearerToken | Way::ClientCredentials) => {
            (format!("let token = {};", variable("TOKEN")), setter("bearer_token", "token"))
        }
        Some(Way::ApiKey) => {
            (format!("let key = {};", variable("API_KEY")), setter("api_key", "key"))
        }
        Some(Way::Basic) => (
            format!("let (user, password) = ({}, {});", variable("USER"), variable("PASSWORD")),
            setter("basic", "user, password"),
        ),
        None => {
            let module = api.slug.replace('-', "_");
            let value = format!("let credentials = {module}::credentials::{by_scheme};");
            (value, setter("credentials", "credentials"))
        }
    })
}

/// What satisfies the first requirement.
fn credentials(api: &Api, operation: &Operation) -> String {
    let Some(names) = operation.security.iter().find(|all| !all.is_empty()) else {
        return String::new();
    };
    let mut out = "Credentials::new()".to_owned();
    for scheme in api.schemes.iter().filter(|scheme| names.contains(&scheme.name)) {
        let secret = if matches!(scheme.kind, SchemeKind::Basic) {
            "\"user\", \"password\""
        } else {
            "\"secret\""
        };
        let _ = write!(out, ".{}({secret})", rust::ident(&scheme.setter));
    }
    out
}
