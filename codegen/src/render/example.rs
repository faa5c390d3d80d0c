//! The call that a README and an example show: of an operation that needs little.

use std::fmt::Write as _;

use crate::ir::{Api, Operation, SchemeKind};

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
    /// Whether the document names a server for it.
    has_server: bool,
}

impl Example {
    /// The call to show for an API.
    pub(super) fn of(api: &Api) -> Option<Self> {
        let operation = &api.operations[api.shown?];
        Some(Self {
            operation: rust::ident(&operation.type_ident).to_string(),
            method: client::method(operation).to_string(),
            arguments: arguments(operation),
            credentials: credentials(api, operation),
            has_server: operation.origin.is_some() || !api.origins.is_empty(),
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
