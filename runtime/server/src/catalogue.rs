//! The APIs on board.

use support::Api;

/// Every generated API, sorted by slug.
#[must_use]
pub fn apis() -> &'static [&'static Api] {
    &[]
}
