//! Tools as they are served: the listed object, the check of arguments, what is wrong with them, and
//! the forms that tenants fill in. Knows the vocabulary of `support` only.

mod answer;
mod branches;
mod catalogue;
mod check;
mod coerce;
pub(crate) mod date;
mod descriptor;
mod explain;
pub(crate) mod form;
pub(crate) mod schema_notation;
mod tokens;
pub(crate) mod values;

pub use answer::AnswerNames;
pub use catalogue::{Catalogue, Catalogues};
pub use check::Checker;
pub use descriptor::{LaunchTool, ServedTool};
pub use form::{Defaults, FormDialect, LaunchForm};
