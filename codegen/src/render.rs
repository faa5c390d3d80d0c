//! Writes an [`Api`] out as a crate: cannot fail, decides nothing.

mod answers;
mod client;
mod crate_files;
mod credentials;
mod doc;
mod example;
mod operations;
mod pagination;
mod prompts;
mod rust;
pub mod schema;
mod scope;
mod tools;
mod types;

use crate::Layout;
use crate::ir::Api;
use crate::write::Artifact;

/// Every file of the crate, sorted by path.
#[must_use]
pub fn render(api: &Api, layout: &Layout) -> Vec<Artifact> {
    let enums = answers::Enums::new(api);
    let mut out = crate_files::render(api, layout);
    out.extend(types::render(api));
    out.extend(operations::render(api, &enums));
    out.push(client::render(api, &enums));
    out.push(credentials::render(api));
    out.extend(prompts::render(api));
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
