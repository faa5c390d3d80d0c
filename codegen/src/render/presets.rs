//! `src/presets.rs`: choices of tools for one purpose.

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{Imports, Module};
use crate::ir::{Api, Preset};
use crate::write::Artifact;

/// The artifact; none when there are no presets.
pub(super) fn render(api: &Api) -> Option<Artifact> {
    if api.presets.is_empty() {
        return None;
    }
    let about = format!("Choices of {}'s tools for one purpose each.", api.title);
    let mut module = Module::new(api, &about);
    let mut imports = Imports::default();
    imports.add("crate::support::api", "Preset");
    module.import(imports);
    let presets = api.presets.iter().map(preset);
    module.push(quote! {
        /// The presets, in the order in which they are offered.
        pub static PRESETS: &[Preset] = &[#(#presets),*];
    });
    Some(Artifact::new("src/presets.rs", module.print()))
}

fn preset(Preset { key, title, description, methods, tags, allow, deny }: &Preset) -> TokenStream {
    let list = |words: &Option<Vec<String>>| {
        let words = words.iter().flatten();
        quote!(&[#(#words),*])
    };
    let (methods, tags, allow, deny) = (list(methods), list(tags), list(allow), list(deny));
    quote!(Preset {
        key: #key,
        title: #title,
        description: #description,
        methods: #methods,
        tags: #tags,
        allow: #allow,
        deny: #deny,
    })
}
