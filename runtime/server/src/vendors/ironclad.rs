//! Ironclad: launch forms in a language of its own.

mod form;

pub(crate) use form::FORMS;

#[cfg(test)]
mod tests;
