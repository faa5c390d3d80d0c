//! Media types as clients write them (RFC 9110 section 8.3.1).

/// A media type without parameters, in lower case.
pub(crate) fn essence(text: &str) -> String {
    text.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}
