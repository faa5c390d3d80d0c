//! From a vendor's answer to the result of a call.

pub(super) mod content;
pub(crate) mod failure;
pub(super) mod file;
pub(super) mod job;
pub(super) mod list;
mod plain;
mod rate;
pub(crate) mod raw;
mod reading;

pub use rate::Rate;
pub(super) use reading::Reading;
