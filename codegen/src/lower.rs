//! OpenAPI → the intermediate representation: the only room that knows both.
//!
//! Every operation, parameter, body, answer and schema is read into its openapiv3 type on its own,
//! so that one bad node costs itself: a schema becomes untyped with a reason, an operation is
//! skipped with a diagnostic.

mod answer;
mod body;
mod credentials;
mod extension;
mod media;
mod operation;
mod parameter;
mod path;
mod read;
mod schema;
mod security;
mod server;
mod tool;

use std::collections::BTreeMap;

use http::Method;
use openapiv3::Info;
use serde_json::Value;

use crate::diagnostics::Diagnostics;
use crate::ir;
use crate::normalise::{Normalised, STATED};
use crate::pointer::{self, Trail};
pub(crate) use schema::ANY;
use schema::Schemas;

/// HTTP methods of a path item, in the order in which a path's operations are generated.
const METHODS: [Method; 8] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::TRACE,
];

/// Lowers a normalised document.
///
/// `strict` is for documents that we write ourselves: what would be skipped or untyped by fault is
/// an error.
#[must_use]
pub fn lower(document: &Normalised, strict: bool, diags: &mut Diagnostics) -> ir::Api {
    let Normalised { file, version, root } = document;
    let mut cx = Context { file, version, root, strict, diags };
    let trail = Trail::root();
    let info: Info = cx
        .object(
            root.get("info").unwrap_or(&Value::Null),
            &["title", "version", "description"],
            &trail.key("info"),
        )
        .unwrap_or_default();
    let settings: extension::Document = extension::read(&mut cx, root, &trail);
    let slug = settings.slug.clone().unwrap_or_else(|| crate::names::slug(&info.title));
    let place = server::place(&mut cx);

    let mut schemas = Schemas::new(cx);
    schemas.components();
    let mut operations = operation::Operations::new(&mut schemas, &place, &settings);
    operations.lower();
    let (operations, skipped) = operations.finish();
    let schema::Finished { types, alternatives, nullable, mut cx } = schemas.finish();
    let security = security::schemes(&mut cx);
    let credentials = credentials::lower(&mut cx, &settings, &security);
    let (synonyms, proper_nouns) = settings.search.lower(&mut cx);

    let mut api = ir::Api {
        file: file.clone(),
        slug,
        title: settings.title.unwrap_or_else(|| read::text(&info.title)),
        version: read::text(&info.version),
        doc: read::text(info.description.as_deref().unwrap_or_default()),
        instructions: settings.instructions,
        origins: place.origins,
        base_path: place.base_path,
        schemes: security,
        constant_headers: credentials.constant_headers,
        acting_user: credentials.acting_user,
        further_tokens: credentials.further_tokens,
        environment: credentials.environment,
        synonyms,
        proper_nouns,
        example: settings.example.map(extension::Example::lower),
        shown: None,
        stated: Some(
            root.get("components")
                .and_then(|components| components.get(STATED)?.as_object())
                .cloned()
                .unwrap_or_default(),
        ),
        types,
        alternatives,
        operations,
        status_enums: Vec::new(),
        skipped,
        budget: settings.token_budget.map(extension::TokenBudget::lower),
        launch: settings.launch.map(extension::Launch::lower),
        value_kinds: settings.values.map(extension::ValueKinds::lower),
        presets: settings.presets.into_iter().map(extension::Preset::lower).collect(),
        prompts: Vec::new(),
    };
    // A use of a type whose own schema admits null admits it, too.
    api.each_node_mut(&mut |node| {
        if let ir::TypeRef::Named(id) = node.ty {
            node.nullable |= nullable[id.0];
        }
    });
    api
}

/// What every part of this room may use.
struct Context<'d> {
    file: &'d str,
    /// Of OpenAPI, as the document was written.
    version: &'d str,
    root: &'d Value,
    strict: bool,
    diags: &'d mut Diagnostics,
}

impl<'d> Context<'d> {
    /// Something is lost; an error in a document of our own.
    fn fault(&mut self, code: &'static str, trail: &Trail<'_>, message: impl std::fmt::Display) {
        if self.strict {
            self.diags.error(code, self.file, trail, message);
        } else {
            self.diags.warning(code, self.file, trail, message);
        }
    }

    /// Something is knowingly read otherwise.
    fn note(&mut self, code: &'static str, trail: &Trail<'_>, message: impl std::fmt::Display) {
        self.diags.note(code, self.file, trail, message);
    }

    /// The section of the components, by name.
    fn section(&self, name: &str) -> BTreeMap<&'d str, &'d Value> {
        let section = self
            .root
            .get("components")
            .and_then(|components| components.get(name))
            .and_then(Value::as_object);
        section.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect()
    }

    /// Follows references to a component of any section but schemas; `None` when they lead nowhere.
    fn resolve(&self, value: &'d Value) -> Option<&'d Value> {
        const MAX_HOPS: usize = 32;
        let mut value = value;
        for _ in 0..MAX_HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Some(value);
            };
            let (section, name) = pointer::component(reference)?;
            value = self.root.get("components")?.get(section)?.get(name.as_ref())?;
        }
        None
    }
}
