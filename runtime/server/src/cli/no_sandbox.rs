//! What stands for the sandbox tenants in a build without the cargo feature `sandbox`.

use std::net::SocketAddr;

use anyhow::bail;
use serde_json::Value;

use crate::config::Settings;

const WHY: &str =
    "this build has no sandbox tenants: it was made without the cargo feature `sandbox`";

/// Why there are no tenants.
pub(super) const ABSENT: Option<&str> = Some(WHY);

/// There is nothing to start.
///
/// # Errors
/// Always, and says why.
pub(super) async fn start() -> anyhow::Result<SocketAddr> {
    bail!(WHY)
}

/// No API has a tenant.
pub(super) fn credentials(_slug: &str) -> Option<Value> {
    None
}

/// There is nothing to serve.
///
/// # Errors
/// Always, and says why.
pub(super) async fn serve(_settings: &Settings) -> anyhow::Result<()> {
    bail!("{WHY}; `cargo run -p runtime -- sandbox` serves them")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Flags, Settings};

    #[tokio::test]
    async fn serving_the_tenants_says_that_they_are_not_in_this_build() {
        let settings =
            Settings::gather(&Flags::default(), std::iter::empty(), Path::new("absent.toml"))
                .unwrap();
        let error = super::serve(&settings).await.unwrap_err().to_string();
        assert!(error.starts_with(super::WHY), "{error}");
        assert!(super::start().await.is_err());
        assert!(super::credentials("acme").is_none());
    }
}
