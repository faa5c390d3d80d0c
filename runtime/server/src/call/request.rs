//! From the arguments of a call to the request that is sent.

mod address;
mod aliases;
mod digits;
pub(crate) mod fields;
mod files;
pub(crate) mod paging;
mod parts;
mod plan;
pub(crate) mod range;
mod template;
mod upload;

pub use digits::Digits;
pub(super) use plan::{Made, Plan, make};
