//! From a vendor's answer to the result of a call.

mod chosen;
pub(super) mod content;
mod envelope;
pub(crate) mod failure;
pub(super) mod file;
mod html;
pub(super) mod job;
mod link;
pub(super) mod list;
mod plain;
mod rate;
pub(crate) mod raw;
mod reading;
mod sound;
mod text;

pub(super) use chosen::Unknown;
pub(super) use content::legible;
pub use rate::Rate;
pub(super) use reading::Reading;
