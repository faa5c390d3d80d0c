//! The APIs on board; `codegen init` and `codegen remove` keep the list.

use support::Api;

/// Every generated API, sorted by slug.
#[must_use]
pub fn apis() -> &'static [&'static Api] {
    static APIS: &[&Api] = &[&ironclad::API, &torii::API];
    APIS
}
