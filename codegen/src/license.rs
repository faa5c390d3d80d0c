//! Licences as SPDX expressions, as manifests have them.

use serde_json::Value;
use spdx::Expression;
use thiserror::Error;

/// A text is no SPDX expression.
#[derive(Debug, Error)]
#[error("`{0}` is no SPDX expression, as `MIT OR Apache-2.0` is")]
pub struct NotSpdx(String);

/// The expression that a text is, in its strict form: `Apache 2.0` is `Apache-2.0`.
///
/// # Errors
/// When it is none.
pub fn expression(text: &str) -> Result<String, NotSpdx> {
    let refused = || NotSpdx(text.to_owned());
    let canonical = Expression::canonicalize(text.trim()).map_err(|_| refused())?;
    let canonical = canonical.unwrap_or_else(|| text.trim().to_owned());
    Expression::parse(&canonical).map_err(|_| refused())?;
    Ok(canonical)
}

/// The licence that a document gives itself, by its identifier or else by its name; `None` when
/// that is no SPDX expression, or one of somebody's own.
#[must_use]
pub fn of(document: &Value) -> Option<String> {
    let license = document.pointer("/info/license")?;
    ["identifier", "name"].iter().find_map(|member| {
        let expression = expression(license.get(member)?.as_str()?).ok()?;
        (!expression.contains("LicenseRef-")).then_some(expression)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_says_its_licence_in_one_way_or_another() {
        for (license, expected) in [
            (json!({"name": "Apache 2.0"}), Some("Apache-2.0")),
            (json!({"name": "MIT"}), Some("MIT")),
            (json!({"name": "Ours", "identifier": "MIT OR Apache-2.0"}), Some("MIT OR Apache-2.0")),
            (json!({"name": "ISC", "identifier": "ours"}), Some("ISC")),
            (json!({"name": "Terms of Use"}), None),
            (json!({"name": "LicenseRef-ours"}), None),
            (json!({"name": ""}), None),
            (json!(null), None),
        ] {
            let document = json!({"info": {"license": license}});
            assert_eq!(of(&document).as_deref(), expected, "{document}");
        }
    }
}
