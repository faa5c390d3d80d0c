//! Any OpenAPI 3.x document → the shape of OpenAPI 3.0 that the rest of the generator reads.
//!
//! The steps run on plain values, one after the other, and every step says what it did. After
//! them every reference points at a component and stands alone, every object has only members
//! that are modelled, of the right type, and operations are complete: an id that is theirs
//! alone, all path parameters, no parameters inherited from the path item. The order of keys is
//! ours, not the document's.

mod dialect;
mod extension;
mod grammar;
mod operations;
mod order;
mod paths;
mod references;
mod required;
mod schemas;
mod security;
mod shape;
mod siblings;
mod sound;
mod stated;
mod version;
mod walk;

use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::load::Document;
use crate::pointer::Trail;

pub use crate::diagnostics::Mode;
pub use paths::route;
pub use sound::unsound;

/// Vendor extension of a schema that could not be kept: the reason, in one sentence.
///
/// The schema it stands in is otherwise empty: any value.
pub const UNTYPED: &str = "x-codegen-untyped";

/// Extension of parameters, media types and components that says what their schemas state, in JSON
/// Schema 2020-12: the same words that are lowered to types, before they are rewritten for that.
pub const STATED: &str = "x-codegen-stated";

/// A document in the shape of OpenAPI 3.0.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalised {
    /// File name as the user gave it, used in diagnostics.
    pub file: String,
    /// Version of OpenAPI that the document was written for, for example `3.1.0`.
    pub version: String,
    /// The content: every `$ref` is `#/components/{section}/{name}`, resolves and has no siblings.
    pub root: Value,
}

/// Brings a document into the shape of OpenAPI 3.0.
///
/// Faults cost the node they are in. They are errors when `mode` is strict, else warnings; the
/// answer is `None` only when there is no OpenAPI 3 document to work with at all.
pub fn normalise(document: Document, mode: Mode, diags: &mut Diagnostics) -> Option<Normalised> {
    let Document { file, mut root } = document;
    diags.set_mode(mode);
    let cx = &mut Context { file: &file, diags };

    let version = version::understand(&mut root, cx)?;
    order::sort(&mut root);
    references::resolve(&mut root, cx);
    shape::repair(&mut root, &version, cx);
    required::complete(&mut root, cx);
    extension::check(&mut root, cx);
    stated::keep(&mut root);
    dialect::rewrite(&mut root, cx);
    schemas::repair(&mut root, cx);
    siblings::separate(&mut root, cx);
    security::repair(&mut root, cx);
    operations::repair_shared(&mut root, cx);
    references::break_cycles(&mut root, cx);
    references::settle(&mut root, cx);
    paths::repair(&mut root, cx);
    operations::complete(&mut root, cx);
    order::arrange(&mut root);

    Some(Normalised { file, version, root })
}

/// What every step may use.
struct Context<'a> {
    file: &'a str,
    diags: &'a mut Diagnostics,
}

impl Context<'_> {
    /// Something is wrong, and was repaired or removed.
    fn fault(&mut self, code: &'static str, trail: &Trail<'_>, message: impl std::fmt::Display) {
        self.diags.fault(code, self.file, trail, message);
    }

    /// Something was rewritten, or knowingly left out.
    fn note(&mut self, code: &'static str, trail: &Trail<'_>, message: impl std::fmt::Display) {
        self.diags.note(code, self.file, trail, message);
    }
}

#[cfg(test)]
mod tests;
