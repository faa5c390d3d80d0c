//! The same call elsewhere: as curl against the admin API, and as a message of MCP; and the request to a
//! vendor as curl.

use serde_json::{Map, Value, json};
use upstream::preview::{Preview, TOKEN};

use super::field::escaped;
use super::result::cut_escaped;
use crate::pages::exposure::counted;

/// The largest body that stands in a command, in bytes of the page.
const BODY: usize = 6_000;

/// How a call is made elsewhere.
pub(super) struct Copies {
    pub(super) curl: String,
    pub(super) mcp: String,
    /// Where the arguments are too large to stand in either.
    pub(super) note: Option<String>,
}

impl Copies {
    /// Those of a call of the tool at `path` below our public URL.
    pub(super) fn of(url: &str, tool: &str, arguments: &Map<String, Value>) -> Self {
        let compact = serde_json::to_string(arguments).unwrap_or_default();
        let large = escaped(&compact) > BODY;
        let body = if large { "@arguments.json".to_owned() } else { quoted(&compact) };
        let curl = format!(
            "curl -X POST {} \\\n  -H \"Authorization: Bearer $DRAWBRIDGE_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  --data {body}",
            quoted(url)
        );
        let given = if large { json!("the arguments stand here") } else { json!(arguments) };
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": given}
        });
        let mcp = serde_json::to_string_pretty(&message).unwrap_or_default();
        let note = large.then(|| {
            format!(
                "The arguments have {}: keep them in a file called arguments.json.",
                counted(compact.len(), "byte", "bytes")
            )
        });
        Self { curl, mcp, note }
    }
}

/// A request to a vendor as it is shown before it is sent.
pub(super) struct Written {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    /// The body, or how it begins; and what is said of it.
    pub(super) body: Option<(String, String)>,
    pub(super) curl: String,
}

impl Written {
    pub(super) fn of(preview: &Preview) -> Self {
        let mut curl = format!("curl -X {} {}", preview.method, with_token(&preview.url));
        for (name, value) in &preview.headers {
            curl.push_str(" \\\n  -H ");
            curl.push_str(&with_token(&format!("{name}: {value}")));
        }
        let mut body = None;
        if let Some(bytes) = &preview.body {
            let size = counted(bytes.len(), "byte", "bytes");
            match std::str::from_utf8(bytes) {
                Ok(text) if escaped(text) <= BODY => {
                    curl.push_str(" \\\n  --data-binary ");
                    curl.push_str(&quoted(text));
                    body = Some((text.to_owned(), size));
                }
                Ok(text) => {
                    curl.push_str(" \\\n  --data-binary @body.txt");
                    let begins = cut_escaped(text, BODY).to_owned();
                    body = Some((begins, format!("{size}; this is how they begin")));
                }
                Err(_) => {
                    curl.push_str(" \\\n  --data-binary @body.bin");
                    let text = String::from_utf8_lossy(bytes);
                    let begins = cut_escaped(&text, BODY).to_owned();
                    body = Some((begins, format!("{size}, of which not all are text")));
                }
            }
        }
        let line = format!("{} {}", preview.method, preview.url);
        Self { line, headers: preview.headers.clone(), body, curl }
    }
}

/// A word of a command line.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// A word of a command line in which the shell puts the credential in its place.
fn with_token(text: &str) -> String {
    let Some((before, after)) = text.split_once(TOKEN) else { return quoted(text) };
    let plain = |text: &str| !text.contains(['"', '`', '\\', '$', '!']);
    if plain(before) && plain(after) {
        return format!("\"{text}\"");
    }
    let part = |text: &str| if text.is_empty() { String::new() } else { quoted(text) };
    format!("{}\"{TOKEN}\"{}", part(before), part(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_say_what_is_sent_whatever_stands_in_it() {
        let preview = Preview {
            method: http::Method::POST,
            url: "https://api.example.com/a?b=$TOKEN".to_owned(),
            headers: vec![
                ("authorization".to_owned(), "Bearer $TOKEN".to_owned()),
                ("x".to_owned(), "it's \"`$HOME`\"".to_owned()),
            ],
            body: Some("{\"a\":\"it's $HOME\"}".into()),
        };
        let words = shlex::split(&Written::of(&preview).curl.replace(" \\\n", " ")).unwrap();
        assert_eq!(
            words,
            [
                "curl",
                "-X",
                "POST",
                "https://api.example.com/a?b=$TOKEN",
                "-H",
                "authorization: Bearer $TOKEN",
                "-H",
                "x: it's \"`$HOME`\"",
                "--data-binary",
                "{\"a\":\"it's $HOME\"}"
            ]
        );
        assert_eq!(with_token("a: \"$TOKEN\""), "'a: \"'\"$TOKEN\"'\"'");
    }

    #[test]
    fn large_arguments_are_kept_in_a_file() {
        let arguments = Map::from_iter([("a".to_owned(), Value::from("x".repeat(10_000)))]);
        let copies = Copies::of("http://localhost/x", "t", &arguments);
        assert!(copies.curl.ends_with("--data @arguments.json") && copies.curl.len() < 1_000);
        assert!(copies.mcp.len() < 1_000 && copies.note.is_some());
    }
}
