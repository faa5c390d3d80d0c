//! From the arguments of a call to the request that is sent.

mod address;
mod aliases;
pub(crate) mod fields;
pub(crate) mod paging;
mod plan;
mod upload;

pub(super) use plan::{Made, Plan, make};
