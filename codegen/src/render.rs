//! Writes an [`Api`](crate::ir::Api) out as a crate: cannot fail, decides nothing.

mod answers;
mod client;
mod crate_files;
mod credentials;
mod doc;
mod operations;
mod pagination;
mod rust;
pub mod schema;
mod scope;
mod tools;
mod types;

use std::path::PathBuf;

use crate::ir::Api;

/// One file of a generated crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The path below the crate's folder, with `/` between parts.
    pub path: String,
    /// The whole text.
    pub contents: String,
}

impl Artifact {
    fn new(path: &str, contents: String) -> Self {
        Self { path: path.to_owned(), contents }
    }
}

/// Where the crate will live, which shapes its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// In this repository: versions and lints come from the workspace.
    InRepository,
    /// On its own: a workspace of one, with its own lints.
    Standalone {
        /// The folder of the support crate.
        support_path: PathBuf,
    },
}

/// Every file of the crate, sorted by path.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "a layout is made for one rendering")]
pub fn render(api: &Api, layout: Layout) -> Vec<Artifact> {
    let enums = answers::Enums::new(api);
    let mut out = crate_files::render(api, &layout);
    out.extend(types::render(api));
    out.extend(operations::render(api, &enums));
    out.push(client::render(api, &enums));
    out.push(credentials::render(api));
    out.push(tools::render(api));
    out.extend(schema::render(api));
    out.sort_by(|one, other| one.path.cmp(&other.path));
    out
}

/// A blank line between the methods of an `impl`.
fn space_methods(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut after_method = false;
    for line in text.lines() {
        if after_method && line != "}" {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        after_method = line == "    }";
    }
    out
}
