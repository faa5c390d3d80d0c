//! Programs that ask to be let in to servers with sign-in: what they say of themselves, where
//! browsers are sent back to, and how often they may ask.
//!
//! An applicant is known by a registration (RFC 7591), or by the address of a document of its own
//! (draft-ietf-oauth-client-id-metadata-document).

mod documents;
mod rate;
mod redirect;

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

pub(crate) use documents::Documents;
pub(crate) use rate::Rate;
pub use redirect::Redirect;

use crate::bound;

/// How many addresses for the way back one may have.
const REDIRECTS: usize = 10;
/// The longest name, in bytes.
const NAME: usize = 100;

/// What this node knows of applicants.
#[derive(Debug)]
pub(crate) struct Applicants {
    /// Their documents.
    pub(crate) documents: Documents,
    /// Documents that were asked for on behalf of an address.
    pub(crate) fetches: Rate,
    /// Registrations.
    pub(crate) registrations: Rate,
    /// Codes and refresh tokens that were none.
    pub(crate) wrong: Rate,
}

impl Default for Applicants {
    fn default() -> Self {
        // All of a service's users come from few addresses of its cloud.
        let hour = Duration::from_secs(3_600);
        Self {
            documents: Documents::default(),
            fetches: Rate::new(60, hour),
            registrations: Rate::new(120, hour),
            wrong: Rate::new(300, hour / 12),
        }
    }
}

/// A program that asks to be let in.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// What it is known by: an id of ours, or the address of its document.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// Where it may have browsers sent back to.
    pub redirects: Vec<Redirect>,
}

/// What is wrong with what a program says of itself (RFC 7591 section 3.2.2).
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    /// `invalid_redirect_uri`.
    Redirect(String),
    /// `invalid_client_metadata`.
    Metadata(&'static str),
}

impl Applicant {
    /// Reads client metadata (RFC 7591 section 2). Members that are not known are ignored, as the
    /// RFC wants it.
    ///
    /// # Errors
    /// When it cannot be let in by a code with a proof key, or a way back is not safe.
    pub fn read(id: String, metadata: &Value) -> Result<Self, Unfit> {
        let lacks = |member: &str, word: &str| {
            metadata.get(member).is_some_and(|list| {
                list.as_array().is_none_or(|list| list.iter().all(|one| one != word))
            })
        };
        if !metadata.is_object() {
            return Err(Unfit::Metadata("client metadata must be a JSON object"));
        }
        if lacks("grant_types", "authorization_code") {
            return Err(Unfit::Metadata("`grant_types` must hold authorization_code"));
        }
        if lacks("response_types", "code") {
            return Err(Unfit::Metadata("`response_types` must hold code"));
        }
        let name = match metadata.get("client_name") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(name)) => plain(name),
            Some(_) => return Err(Unfit::Metadata("`client_name` must be a text")),
        };
        let given = metadata["redirect_uris"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Editors register their own scheme beside addresses that are used, and fail for good when
        // all are refused; what is in force is told them (RFC 7591 section 3.2.1).
        let used: Vec<_> = given.iter().filter(|one| !Redirect::has_own_scheme(one)).collect();
        if used.is_empty() || given.len() > REDIRECTS {
            let expected = format!(
                "`redirect_uris` must be a list of 1 to {REDIRECTS} addresses, one of them https or http to this machine"
            );
            return Err(Unfit::Redirect(expected));
        }
        Ok(Self { id, name, redirects: Self::redirects(used.into_iter())? })
    }

    /// One that was read before.
    #[must_use]
    pub fn reopen(id: String, name: String, redirects: &str) -> Option<Self> {
        let redirects: Vec<Value> = serde_json::from_str(redirects).ok()?;
        Some(Self { id, name, redirects: Self::redirects(redirects.iter()).ok()? })
    }

    fn redirects<'g>(given: impl Iterator<Item = &'g Value>) -> Result<Vec<Redirect>, Unfit> {
        let read = |(place, given): (usize, &Value)| {
            let read = Redirect::read(given.as_str().unwrap_or_default());
            let told =
                |why| Unfit::Redirect(format!("`redirect_uris`, number {}: {why}", place + 1));
            read.map_err(told)
        };
        given.enumerate().map(read).collect()
    }

    /// Whether one with this id is known by its document.
    pub(crate) fn is_document(id: &str) -> bool {
        Documents::are_at(id)
    }

    /// Whether it is known by its document, which says who its publisher is.
    #[must_use]
    pub fn has_document(&self) -> bool {
        Self::is_document(&self.id)
    }

    /// The host of its document.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        Some(Url::parse(&self.id).ok()?.host_str()?.to_owned())
    }

    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.name.is_empty() { "a client without a name" } else { &self.name }
    }

    /// Where it has a browser sent back to, when it may.
    #[must_use]
    pub fn redirect(&self, asked: &str) -> Option<Redirect> {
        let asked = Redirect::read(asked).ok()?;
        self.redirects.iter().any(|known| known.admits(&asked)).then_some(asked)
    }

    /// Its ways back as a list.
    #[must_use]
    pub fn redirect_uris(&self) -> Value {
        json!(self.redirects.iter().map(Redirect::as_str).collect::<Vec<_>>())
    }
}

/// A name as it may stand on a page: nothing that changes what stands around it.
fn plain(name: &str) -> String {
    let shown = |letter: &char| {
        let turns = matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        !letter.is_control() && !turns
    };
    let name: String = name.chars().filter(shown).collect();
    bound::cut(name.trim(), NAME).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_or_refused_with_the_code_of_the_rfc() {
        let read = |metadata: Value| Applicant::read("x".to_owned(), &metadata);
        let good = json!({"redirect_uris": ["https://a.example/cb"], "client_name": " Cl\u{202e}aude\n", "software_id": 7});
        let read_good = read(good.clone()).unwrap();
        assert_eq!(read_good.name, "Claude");
        assert_eq!(read_good.redirect_uris(), json!(["https://a.example/cb"]));
        assert!(
            read(
                json!({"redirect_uris": ["https://a.example/cb"], "client_name": "x".repeat(5_000)})
            )
            .unwrap()
            .name
            .len()
                <= NAME + 3
        );
        for (member, value) in [
            ("grant_types", json!(["client_credentials"])),
            ("grant_types", json!("authorization_code")),
            ("response_types", json!(["token"])),
            ("client_name", json!(7)),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(matches!(read(bad), Err(Unfit::Metadata(_))), "{member}");
        }
        assert!(matches!(read(json!([])), Err(Unfit::Metadata(_))));
        let editor =
            ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"];
        let read_editor = read(json!({"redirect_uris": editor})).unwrap();
        assert_eq!(read_editor.redirect_uris(), json!(editor[1..]), "what is in force is told");
        for bad in
            [json!(null), json!([]), json!([7]), json!(vec!["https://a.example/cb"; REDIRECTS + 1])]
        {
            let refused = read(json!({"redirect_uris": bad}));
            assert!(matches!(refused, Err(Unfit::Redirect(_))), "{bad}");
        }
    }
}
