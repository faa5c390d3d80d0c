//! A sandbox on a port of its own: what a test needs.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Options, Sandbox};

/// A sandbox that serves on a free port of the loopback address until this is dropped.
///
/// ```no_run
/// # async fn in_a_test() -> std::io::Result<()> {
/// let sandbox = sandbox::Sandbox::start().await?;
/// println!("{}", sandbox.base_url());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the sandbox ends when this is dropped"]
pub struct Started {
    sandbox: Sandbox,
    address: SocketAddr,
    serving: JoinHandle<io::Result<()>>,
}

impl Sandbox {
    /// Starts a sandbox for a test: no rate limits, everything else as [`Options`] has it.
    ///
    /// # Errors
    /// When no port of the loopback address is free.
    pub async fn start() -> io::Result<Started> {
        Self::start_with(Options { rate_limits: false, ..Options::default() }).await
    }

    /// The same with other options.
    ///
    /// # Errors
    /// When no port of the loopback address is free.
    pub async fn start_with(options: Options) -> io::Result<Started> {
        let sandbox = Self::new(options);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(sandbox.clone().serve(listener));
        Ok(Started { sandbox, address, serving })
    }
}

impl Started {
    /// Where both tenants are: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Deref for Started {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_started_sandbox_answers_and_ends_with_its_handle() {
        let sandbox = Sandbox::start().await.unwrap();
        let address = sandbox.address();
        assert_eq!(sandbox.base_url(), format!("http://{address}"));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(
                b"GET /v1.0/apps HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                  authorization: Bearer sandbox-torii-token\r\n\r\n",
            )
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(sandbox.requests().len(), 1);
        drop(sandbox);
        // The task ends at its next turn.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
