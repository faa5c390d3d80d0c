//! From what a document says to what is written out: each step completes the representation, none
//! of them knows OpenAPI.

mod alias;
mod argument_aliases;
mod arguments;
mod check;
mod dedupe;
mod example;
#[cfg(test)]
mod fixtures;
mod full;
mod naming;
mod paging;
mod presence;
mod presets;
mod recursion;
mod signatures;
mod size;
mod tools;
mod union;
mod usage;
mod wrapper;

pub(crate) use arguments::paging_parameters;

use crate::Layout;
use crate::diagnostics::Diagnostics;
use crate::ir::Api;

/// What callers in Rust see of types and operations whose names are final.
pub fn sign(api: &mut Api) {
    presence::decide(api);
    signatures::assign(api);
    example::choose(api);
}

/// Completes an API: afterwards every name is final and every type can be written.
pub fn run(api: &mut Api, layout: &Layout, diags: &mut Diagnostics) {
    union::classify(api);
    alias::resolve(api, diags);
    recursion::end(api);
    size::bound(&mut api.types);
    usage::mark(api);
    dedupe::merge(api);
    paging::derive(api, diags);
    wrapper::find(api);
    arguments::assign(api);
    tools::name(api, *layout == Layout::Workspace, diags);
    argument_aliases::resolve(api, diags);
    presence::decide(api);
    naming::assign(api);
    signatures::assign(api);
    full::write(api, diags);
    check::references(api, diags);
    check::launch(api, diags);
    presets::resolve(api, diags);
    example::resolve(api, diags);
    example::choose(api);
}
