//! Files that a caller names by address: public hosts only, no credentials, no redirects, bounded.

use std::sync::Arc;

use futures_util::StreamExt;
use support::{Response, StreamingResponse, TransportError};
use url::Url;

use crate::Upstream;
use crate::guard::{is_public, literal};
use crate::transport::failure;

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
    /// Fetches a file of at most `limit` bytes. The address comes from a caller, so it gets nothing of ours and reaches
    /// nothing that is not public, whatever the settings let accounts point at.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, address: &str, limit: u64) -> Result<Response, FetchError> {
        let url = Url::parse(address.trim()).ok().filter(is_open).ok_or(FetchError::Address)?;
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.settings.timeout, permit).await;
        let Ok(Ok(_permit)) = permit else { return Err(TransportError::Timeout.into()) };
        let response = self.public.get(url).send().await.map_err(|error| failure(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            return Err(FetchError::Status(status.as_u16()));
        }
        let body = response.bytes_stream().map(|chunk| chunk.map_err(|error| failure(&error)));
        Ok(StreamingResponse { status, headers, body: Box::pin(body) }.collect(limit).await?)
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
        for address in ["https://files.example/a.pdf", "https://8.8.8.8/a", "https://files.example:8443/a?b=c"] {
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
