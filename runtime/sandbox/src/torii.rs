//! The Torii tenant.
use crate::Options;
use crate::answer::Incoming;
use crate::call::Reply;
use crate::limits::Limits;
use jiff::Timestamp;
pub(crate) struct Tenant {
    pub(crate) token: String,
    pub(crate) scim_token: String,
}
impl Tenant {
    pub(crate) fn seeded(options: &Options, _now: Timestamp) -> Self {
        Self { token: options.torii_token.clone(), scim_token: options.torii_scim_token.clone() }
    }
}
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/v1.0/")
}
pub(crate) fn operations() -> Vec<(String, String)> {
    Vec::new()
}
pub(crate) fn answer(_: &mut Tenant, _: &mut Limits, _: Timestamp, _: &Incoming<'_>) -> Reply {
    Reply::none()
}
