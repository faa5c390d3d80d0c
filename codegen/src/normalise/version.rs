//! Which OpenAPI a document is written for.

use serde_json::{Value, json};

use super::Context;
use crate::diagnostics::{Diagnostic, Severity};
use crate::pointer::Trail;

/// The version of a document that can be worked with.
pub(super) fn understand(root: &mut Value, cx: &mut Context<'_>) -> Option<String> {
    let trail = Trail::root();
    let map = root.as_object_mut()?;
    if map.contains_key("swagger") && !map.contains_key("openapi") {
        refuse(
            cx,
            "swagger",
            "/swagger",
            "this is a Swagger 2.0 document, and only OpenAPI 3.0 and 3.1 are read",
            Some("convert it first, for example with `npx swagger2openapi FILE`"),
        );
        return None;
    }
    if !map.contains_key("paths")
        && !map.contains_key("webhooks")
        && !map.contains_key("components")
    {
        refuse(
            cx,
            "not-openapi",
            "",
            "this is no OpenAPI document: it has neither `paths` nor `components`",
            None,
        );
        return None;
    }
    let at = trail.key("openapi");
    let version = match map.get("openapi") {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => {
            let text = number.to_string();
            cx.fault("openapi-version", &at, "the version is a number; read as text");
            text
        }
        _ => {
            cx.fault("openapi-version", &at, "no version; read as OpenAPI 3.0");
            "3.0.3".to_owned()
        }
    };
    if !version.starts_with("3.") {
        refuse(
            cx,
            "unsupported-version",
            "/openapi",
            &format!("OpenAPI `{version}` is not understood, only 3.0 and 3.1 are"),
            None,
        );
        return None;
    }
    if !version.starts_with("3.0") && !version.starts_with("3.1") {
        cx.fault("openapi-version", &at, format!("OpenAPI `{version}` is read as 3.1"));
    }
    map.insert("openapi".to_owned(), json!("3.0.3"));
    Some(version)
}

fn refuse(
    cx: &mut Context<'_>,
    code: &'static str,
    pointer: &str,
    message: &str,
    help: Option<&str>,
) {
    cx.diags.push(Diagnostic {
        severity: Severity::Error,
        code,
        file: cx.file.to_owned(),
        pointer: pointer.to_owned(),
        message: message.to_owned(),
        help: help.map(str::to_owned),
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::normalised;
    use serde_json::json;

    #[test]
    fn swagger_is_refused_with_a_clear_word() {
        let (root, diags) = normalised(json!({"swagger": "2.0", "paths": {}}));
        assert!(root.is_null());
        assert!(diags.contains("#/swagger: error[swagger]: this is a Swagger 2.0 document"));
        assert!(diags.contains("help: convert it first"));
    }

    #[test]
    fn other_versions_are_refused_or_read_as_the_nearest() {
        let (root, diags) = normalised(json!({"openapi": "4.0.0", "paths": {}}));
        assert!(root.is_null());
        assert!(diags.contains("error[unsupported-version]"));
        for version in [json!("3.0.4"), json!("3.1.1")] {
            let (root, diags) = normalised(json!({"openapi": version, "paths": {}}));
            assert!(root.is_object());
            assert_eq!(diags, "");
        }
        for version in [json!(3.0), json!(3.1), json!("3.2.0"), json!(null)] {
            let (root, diags) = normalised(json!({"openapi": version, "paths": {}}));
            assert!(root.is_object());
            assert!(diags.contains("warning[openapi-version]"), "{diags}");
        }
    }

    #[test]
    fn what_is_no_openapi_is_refused() {
        let (root, diags) = normalised(json!({"name": "package", "version": "1.0.0"}));
        assert!(root.is_null());
        assert!(diags.contains("error[not-openapi]"));
    }
}
