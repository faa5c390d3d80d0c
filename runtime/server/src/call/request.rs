//! From the arguments of a call to the request that is sent.

mod address;
mod aliases;
mod digits;
pub(crate) mod fields;
pub(crate) mod paging;
mod plan;
mod upload;

pub use digits::Digits;
pub(super) use plan::{Made, Plan, make};
