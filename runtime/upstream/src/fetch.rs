//! Files that a caller names by address: public hosts only, no credentials, no redirects, bounded.

use support::{Response, TransportError};
use tokio::time::Instant;
use url::Url;

use crate::Upstream;
use crate::guard::{is_public, literal};
use crate::way::Route;

/// Why a file cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address may not be asked.
    #[error("the address must be https on a public host, without user and password")]
    Address,
    /// The host answered with something else than the file.
    #[error("the host answered {0}")]
    Status(u16),
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl Upstream {
    /// Fetches a file of at most `limit` bytes. The address comes from a caller, so it gets nothing
    /// of ours and reaches nothing that is not public, whatever the settings let accounts point at.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, address: &str, limit: u64) -> Result<Response, FetchError> {
        let url = Url::parse(address.trim()).ok().filter(is_open).ok_or(FetchError::Address)?;
        let until = Instant::now() + self.settings.timeout;
        let host = url.origin().ascii_serialization();
        let own = Some((&self.way.fetches, "fetching files by address"));
        let route = Route { hosts: &self.way.files, host: &host, own };
        let answer = self.send(self.public.get(url), route, until).await?;
        if !answer.status.is_success() {
            // Its body is left unread.
            return Err(FetchError::Status(answer.status.as_u16()));
        }
        Ok(answer.collect(limit).await?)
    }
}

/// Names are judged when they are resolved; addresses in their place are judged here.
fn is_open(url: &Url) -> bool {
    let host = url.has_host() && literal(url).is_none_or(is_public);
    host && url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_on_public_hosts_is_open() {
        for address in
            ["https://files.example/a.pdf", "https://8.8.8.8/a", "https://files.example:8443/a?b=c"]
        {
            assert!(is_open(&Url::parse(address).unwrap()), "{address}");
        }
        for address in [
            "http://files.example/a.pdf",
            "https://127.0.0.1/a",
            "https://2130706433/a",
            "https://0x7f.1/a",
            "https://[::1]/a",
            "https://[::ffff:10.0.0.1]/a",
            "https://169.254.169.254/latest",
            "https://user:secret@files.example/a",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            assert!(!is_open(&Url::parse(address).unwrap()), "{address}");
        }
    }
}
