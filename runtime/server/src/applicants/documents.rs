//! What programs say of themselves at an address of their own
//! (draft-ietf-oauth-client-id-metadata-document): fetched from public https hosts only, small,
//! quickly or not at all, and kept for minutes.

use std::sync::Arc;
use std::time::Duration;

use moka::{future, sync};
use upstream::Upstream;
use url::Url;

use super::{Applicant, Unfit};
use crate::bound;
use crate::json::{self, Allowance};

/// The largest document, in bytes.
const LARGEST: u64 = 16 << 10;
/// The longest address of one, in bytes.
const LONGEST: usize = 1_000;
/// How many values one may hold.
const VALUES: usize = 1_000;
/// How long one may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many are kept, and how long; how long it is remembered that there was none.
const KEPT: (u64, Duration, Duration) = (1_000, Duration::from_secs(600), Duration::from_secs(60));

/// The documents that were read lately.
#[derive(Debug)]
pub(crate) struct Documents {
    known: future::Cache<String, Arc<Applicant>>,
    missing: sync::Cache<String, NoDocument>,
}

/// Why a document is of no use, as a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoDocument(pub(crate) String);

impl Default for Documents {
    fn default() -> Self {
        let (most, long, short) = KEPT;
        Self {
            known: future::Cache::builder().max_capacity(most).time_to_live(long).build(),
            missing: sync::Cache::builder().max_capacity(most).time_to_live(short).build(),
        }
    }
}

impl Documents {
    /// Whether an id is the address of a document.
    pub(crate) fn are_at(id: &str) -> bool {
        id.starts_with("https://")
    }

    /// Whether what is at this address is known already, one way or the other.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.known.contains_key(id) || self.missing.contains_key(id)
    }

    /// The applicant whose document is at this address.
    pub(crate) async fn get(
        &self,
        upstream: &Upstream,
        id: &str,
    ) -> Result<Arc<Applicant>, NoDocument> {
        check(id)?;
        if let Some(why) = self.missing.get(id) {
            return Err(why);
        }
        let load = async {
            let fetched = async {
                let answer = upstream.fetch(id, LARGEST).await;
                answer.map_err(|error| NoDocument(format!("It could not be read: {error}.")))
            };
            let late = || Err(NoDocument("It did not arrive within five seconds.".to_owned()));
            let answer =
                tokio::time::timeout(PATIENCE, fetched).await.unwrap_or_else(|_| late())?;
            let media = support::headers::media_type(&answer.headers);
            if media != "application/json" && !media.ends_with("+json") {
                return Err(NoDocument("What is there is no JSON.".to_owned()));
            }
            read(id, &answer.body).map(Arc::new)
        };
        let loaded: Result<_, Arc<NoDocument>> = self.known.try_get_with_by_ref(id, load).await;
        loaded.map_err(|why| {
            self.missing.insert(id.to_owned(), (*why).clone());
            (*why).clone()
        })
    }

    /// Keeps a document as if it had been fetched.
    #[cfg(test)]
    pub(crate) async fn keep(&self, id: &str, document: &str) -> Result<(), NoDocument> {
        let read = read(id, document.as_bytes())?;
        self.known.insert(id.to_owned(), Arc::new(read)).await;
        Ok(())
    }
}

/// Whether an address may be that of a document: written as it is fetched, with a path.
fn check(id: &str) -> Result<(), NoDocument> {
    let url = Url::parse(id).ok().filter(|url| url.as_str() == id && id.len() <= LONGEST);
    let plain = url.is_some_and(|url| {
        let user = !url.username().is_empty() || url.password().is_some();
        !user && url.fragment().is_none() && url.path() != "/"
    });
    let words = "The address of a client’s document must be https, with a path, and without user name, dot segments and fragment.";
    if plain { Ok(()) } else { Err(NoDocument(words.to_owned())) }
}

fn read(id: &str, body: &[u8]) -> Result<Applicant, NoDocument> {
    let metadata = json::read(body, &mut Allowance::of(VALUES));
    let metadata =
        metadata.map_err(|_| NoDocument("What is there is no small JSON.".to_owned()))?;
    if metadata["client_id"] != id {
        let words = "Its `client_id` is not the address that it was read from.";
        return Err(NoDocument(words.to_owned()));
    }
    // A secret in a public document is none (section 4.1 of the draft).
    let method = metadata["token_endpoint_auth_method"].as_str();
    if metadata.get("client_secret").is_some()
        || method.is_some_and(|method| method.starts_with("client_secret"))
    {
        return Err(NoDocument(
            "It asks for a secret, which a public document cannot have.".to_owned(),
        ));
    }
    Applicant::read(id.to_owned(), &metadata).map_err(|unfit| {
        let why = match unfit {
            Unfit::Redirect(why) => why,
            Unfit::Metadata(why) => why.to_owned(),
        };
        NoDocument(format!("{}.", bound::cut(&why, bound::NAME)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "https://client.example/oauth/client.json";

    #[test]
    fn a_document_names_itself_and_holds_no_secret() {
        let good = json!({"client_id": ID, "client_name": "Client", "redirect_uris": ["https://client.example/cb"],
            "token_endpoint_auth_method": "none"});
        assert_eq!(read(ID, good.to_string().as_bytes()).unwrap().name, "Client");
        for (member, value) in [
            ("client_id", json!("https://client.example/oauth/Client.json")),
            ("client_id", json!(null)),
            ("client_secret", json!("x")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("redirect_uris", json!(["http://client.example/cb"])),
            ("many", json!(vec![1; VALUES + 1])),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(read(ID, bad.to_string().as_bytes()).is_err(), "{member}");
        }
        for bad in ["", "[]", "{", "null"] {
            assert!(read(ID, bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn only_plain_addresses_of_public_hosts_are_asked() {
        let (documents, upstream) =
            (Documents::default(), Upstream::new(upstream::Settings::default()).unwrap());
        for bad in [
            "https://client.example/",
            "https://client.example",
            "https://client.example/a/../b",
            "https://client.example/a#b",
            "https://user@client.example/a",
            "https://CLIENT.example/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://169.254.169.254/latest",
            "https://[::ffff:10.0.0.1]/a",
            &format!("https://client.example/{}", "x".repeat(LONGEST)),
        ] {
            let told = documents.get(&upstream, bad).await.unwrap_err();
            assert!(told.0.contains("must be https"), "{bad}: {told}");
        }
        assert!(
            documents.knows("https://127.0.0.1/a") && !documents.knows("https://client.example/")
        );
    }
}
