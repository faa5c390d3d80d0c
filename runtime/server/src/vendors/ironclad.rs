//! Ironclad: launch forms in a language of its own.

mod form;

pub(crate) use form::FORMS;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod records;
#[cfg(test)]
mod tests;
