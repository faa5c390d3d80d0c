//! The generator: OpenAPI documents in, typed client crates and tool schemas out.
//!
//! `load → overlay → normalise → lower → passes → render → write`: each stage is a module, and
//! [`generate`] is the line they stand in. Only `lower` knows both OpenAPI and the IR; `render`
//! decides nothing and cannot fail; nothing is written before everything is made.

pub mod diagnostics;
pub mod diff;
pub mod ir;
pub mod keywords;
pub mod license;
pub mod load;
pub mod lock;
pub mod lower;
pub mod measure;
pub mod names;
pub mod normalise;
pub mod overlay;
pub mod passes;
pub mod pointer;
mod prompts;
pub mod render;
pub mod report;
pub mod support;
pub mod tokens;
pub mod write;

use diagnostics::{Diagnostics, Mode};
use ir::Api;
use load::Document;
use lock::Lock;
use write::Artifact;

/// What a run is to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How faults of the document are judged.
    pub mode: Mode,
    /// Name of the crate and part of every tool name: `ironclad`.
    pub name: String,
    /// The tool names that callers rely on, as last written; `None` when names are free.
    pub lock: Option<Lock>,
    /// The prompts that go with the document: `prompts.yaml`.
    pub prompts: Option<Document>,
    /// Where the crate will live.
    pub layout: Layout,
}

/// Where a generated crate lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// In this repository: versions, lints and the support crate are the workspace's.
    Workspace,
    /// Anywhere: a workspace of its own.
    Standalone {
        /// Where its crate `support` is.
        support: Support,
        /// Its licence.
        license: License,
    },
}

/// Where a crate of its own has the crate `support`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// As a module: the crate builds anywhere and can be published.
    Carried,
    /// In a folder that it shares with other crates: the path as it goes into the manifest.
    Shared(String),
}

/// The licence of a crate, an SPDX expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum License {
    /// This one, whatever the document says.
    Given(String),
    /// The one that the document gives itself, which [`generate`] looks up; that of `support`
    /// when it gives itself none.
    Document(Option<String>),
}

impl Layout {
    /// With the licence that the document gives itself, unless another one is given.
    fn licensed(mut self, document: &Document) -> Self {
        if let Self::Standalone { license: License::Document(license), .. } = &mut self {
            *license = license::of(&document.root);
        }
        self
    }
}

/// What a run made.
#[derive(Clone, Debug)]
pub struct Output {
    /// What the document says, as it was written out.
    pub api: Api,
    /// The files of the crate.
    pub artifacts: Vec<Artifact>,
    /// The tool names, one operation a line, as `tools.lock` holds them.
    pub lock: String,
}

/// Makes a crate of a document.
///
/// The output is `None` when nothing at all can be made; otherwise what could not be made is
/// among the diagnostics, and whoever asked decides whether that is good enough to be written.
#[must_use]
pub fn generate(
    spec: Document,
    overlay: Option<Document>,
    options: &Options,
) -> (Option<Output>, Diagnostics) {
    let mut diags = Diagnostics::new(options.mode);
    let output = run(spec, overlay, options, &mut diags);
    (output, diags)
}

/// What is wrong with a document by itself, when its overlay cannot be read.
#[must_use]
pub fn examine(spec: Document, mode: Mode) -> Diagnostics {
    let mut diags = Diagnostics::new(mode);
    let _ = normalise::normalise(spec, mode, &mut diags);
    diags
}

fn run(
    mut spec: Document,
    overlay: Option<Document>,
    options: &Options,
    diags: &mut Diagnostics,
) -> Option<Output> {
    if let Some(overlay) = overlay {
        overlay::apply(&mut spec, &overlay, diags);
    }
    let layout = options.layout.clone().licensed(&spec);
    let mut api = lower::lower(
        &normalise::normalise(spec, options.mode, diags)?,
        options.mode == Mode::Strict,
        diags,
    );
    api.slug.clone_from(&options.name);
    passes::run(&mut api, &layout, diags);
    if let Some(prompts) = options.prompts.clone() {
        prompts::read(prompts, &mut api, diags);
    }
    if let Some(lock) = &options.lock {
        lock::compare(&api, lock, diags);
    }
    let artifacts = render::render(&api, &layout);
    if api.budget.is_some() {
        report::report(&api, &artifacts).judge(&api.file, diags);
    }
    Some(Output { artifacts, lock: lock::text(&api), api })
}
