//! Writes an [`Api`] out as a crate: cannot fail, decides nothing.

mod builder;
mod client;
mod crate_files;
mod credentials;
mod doc;
mod example;
mod library;
mod operations;
mod presets;
mod prompts;
mod rust;
pub mod schema;
mod scope;
mod structs;
mod tools;
mod types;

use crate::Layout;
use crate::ir::Api;
use crate::write::Artifact;

/// Every file of the crate, sorted by path.
#[must_use]
pub fn render(api: &Api, layout: &Layout) -> Vec<Artifact> {
    let mut out = crate_files::render(api, layout);
    out.extend(types::render(api));
    out.extend(operations::render(api));
    out.push(builder::render(api));
    out.push(client::render(api));
    out.push(credentials::render(api));
    out.extend(presets::render(api));
    out.extend(prompts::render(api));
    out.push(tools::render(api));
    out.extend(schema::render(api));
    out.sort_by(|one, other| one.path.cmp(&other.path));
    out
}
