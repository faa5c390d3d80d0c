//! Which vendors the sandbox plays, and what an account there is made with.

use serde_json::{Value, json};

use crate::options::Options;

/// A vendor that the sandbox plays.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tenant {
    /// The vendor's name in tool names and settings.
    pub slug: &'static str,
    /// The vendor's name for people.
    pub title: &'static str,
    /// Credentials with fixed tokens: `{"type":"bearer","token",…}`.
    pub credentials: Value,
    /// Credentials of an OAuth client (RFC 6749 section 4.4) that acts for a user of the tenant,
    /// where the vendor has OAuth.
    pub client_credentials: Option<Value>,
}

impl Options {
    /// The tenants and their credentials under these options, by slug.
    #[must_use]
    pub fn tenants(&self) -> Vec<Tenant> {
        vec![
            Tenant {
                slug: "ironclad",
                title: "Ironclad",
                credentials: json!({"type": "bearer", "token": self.ironclad_token}),
                client_credentials: Some(json!({
                    "type": "oauth2_client_credentials",
                    "client_id": self.oauth_client_id,
                    "client_secret": self.oauth_client_secret,
                    "as_user_email": "maya.cohen@acme.example",
                })),
            },
            Tenant {
                slug: "torii",
                title: "Torii",
                credentials: json!({
                    "type": "bearer",
                    "token": self.torii_token,
                    "scim_token": self.torii_scim_token,
                }),
                client_credentials: None,
            },
        ]
    }
}
