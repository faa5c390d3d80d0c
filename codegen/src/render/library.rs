//! `src/lib.rs`: the modules of the crate and the row of its API.

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{self, Imports, Module};
use super::schema::instructions;
use super::{builder, crate_files, doc, prompts};
use crate::Layout;
use crate::ir::{ActingUserHeaders, Api, ExampleCall, FurtherToken, Scheme, SchemeKind};

/// The source text.
pub(super) fn render(api: &Api, layout: &Layout) -> String {
    let mut about = format!("{}: a typed client, and its operations as tools.", doc::title(api));
    let described = doc::cut(api.doc.trim(), 1200);
    if !described.is_empty() {
        about.push_str("\n\n");
        about.push_str(&described);
    }
    let prompts_module = (!api.prompts.is_empty()).then(|| {
        quote! {
            #[cfg(feature = "tools")]
            #[rustfmt::skip]
            pub mod prompts;
        }
    });
    let presets_module = (!api.presets.is_empty()).then(|| {
        quote! {
            #[cfg(feature = "tools")]
            #[rustfmt::skip]
            pub mod presets;
        }
    });
    let mut module = Module::new(api, &about);
    module.attribute(quote!(#![warn(missing_docs)]));
    module.attribute(quote! {
        #![allow(
            deprecated,
            clippy::pedantic,
            clippy::large_enum_variant,
            clippy::too_many_arguments,
            clippy::useless_conversion,
            reason = "generated as the document has it"
        )]
    });
    // Generated once, formatted once: whoever formats the workspace must not change it.
    let feature = builder::FEATURE;
    module.push(quote! {
        #[cfg(feature = #feature)]
        #[rustfmt::skip]
        pub mod builder;
        #[rustfmt::skip]
        pub mod client;
        #[rustfmt::skip]
        pub mod credentials;
        #[rustfmt::skip]
        pub mod operations;
        #presets_module
        #prompts_module
        #[cfg(feature = "tools")]
        #[rustfmt::skip]
        pub mod tools;
        #[rustfmt::skip]
        pub mod types;
    });
    module.push(support_module(layout));
    module.import(imports(api));
    module.push(row(api));
    module.print()
}

/// The row of the API.
fn row(api: &Api) -> TokenStream {
    let (slug, title) = (&api.slug, doc::title(api));
    let instructions = instructions(api);
    let origins = api.origins.iter().map(|origin| {
        let (region, url) = (&origin.region, &origin.url);
        quote!(Origin { region: #region, url: #url })
    });
    let schemes = api.schemes.iter().map(scheme);
    let headers = api.constant_headers.iter().map(|(name, value)| quote!((#name, #value)));
    let prompts = if api.prompts.is_empty() {
        quote!(prompts: &[],)
    } else {
        quote! {
            #[cfg(feature = "tools")]
            prompts: prompts::PROMPTS,
            #[cfg(not(feature = "tools"))]
            prompts: &[],
        }
    };
    let presets = if api.presets.is_empty() {
        quote!(presets: &[],)
    } else {
        quote! {
            #[cfg(feature = "tools")]
            presets: presets::PRESETS,
            #[cfg(not(feature = "tools"))]
            presets: &[],
        }
    };
    let launch = prompts::launch(api.launch.as_ref());
    let acting_user = if let Some(ActingUserHeaders { email, id }) = &api.acting_user {
        let (email, id) = (rust::optional(email.as_deref()), rust::optional(id.as_deref()));
        quote!(Some(ActingUserHeaders { email: #email, id: #id }))
    } else {
        quote!(None)
    };
    let further_tokens = api.further_tokens.iter().map(
        |FurtherToken { member, scheme }| quote!(FurtherToken { member: #member, scheme: #scheme }),
    );
    let environment = api.environment.iter().map(|(name, member)| quote!((#name, #member)));
    let (synonyms, proper_nouns) = (&api.synonyms, &api.proper_nouns);
    let example = if let Some(ExampleCall { question, tool, arguments }) = &api.example {
        let arguments = serde_json::json!(arguments).to_string();
        quote!(Some(ExampleCall { question: #question, tool: #tool, arguments: #arguments }))
    } else {
        quote!(None)
    };
    quote! {
        /// The API on board: its tools, origins and security schemes.
        #[rustfmt::skip]
        pub static API: Api = Api {
            slug: #slug,
            title: #title,
            instructions: #instructions,
            origins: &[#(#origins),*],
            schemes: &[#(#schemes),*],
            constant_headers: &[#(#headers),*],
            acting_user: #acting_user,
            further_tokens: &[#(#further_tokens),*],
            environment: &[#(#environment),*],
            synonyms: &[#(#synonyms),*],
            proper_nouns: #proper_nouns,
            example: #example,
            #[cfg(feature = "tools")]
            tools: tools::TOOLS,
            #[cfg(not(feature = "tools"))]
            tools: &[],
            #presets
            #prompts
            launch: #launch,
        };
    }
}

/// How many names fit into the line that imports them.
const MOST_NAMES: usize = 5;

/// What the row of the API is made of.
fn imports(api: &Api) -> Imports {
    let mut imports = Imports::default();
    let names = [
        ("Api", true),
        ("ActingUserHeaders", api.acting_user.is_some()),
        ("ExampleCall", api.example.is_some()),
        ("FurtherToken", !api.further_tokens.is_empty()),
        ("Launch", api.launch.is_some()),
        ("LaunchFiles", api.launch.as_ref().is_some_and(|launch| launch.files.is_some())),
        ("Origin", !api.origins.is_empty()),
    ];
    let used: Vec<&str> =
        names.into_iter().filter_map(|(name, used)| used.then_some(name)).collect();
    // A list that is broken into lines is broken elsewhere by whoever formats the workspace.
    for name in if used.len() > MOST_NAMES { &["*"] } else { used.as_slice() } {
        imports.add("crate::support::api", name);
    }
    if !api.schemes.is_empty() {
        imports.add("crate::support::security", "NamedScheme");
        imports.add("crate::support::security", "SecurityScheme");
    }
    imports
}

/// How the crate has `support`, by the path that all generated code names it by.
fn support_module(layout: &Layout) -> TokenStream {
    if crate_files::carries_support(layout) {
        quote! {
            #[rustfmt::skip]
            pub mod support;
        }
    } else {
        quote!(
            pub use ::support;
        )
    }
}

fn scheme(scheme: &Scheme) -> TokenStream {
    let name = &scheme.name;
    let kind = match &scheme.kind {
        SchemeKind::Bearer => quote!(Bearer),
        SchemeKind::Basic => quote!(Basic),
        SchemeKind::Http(kind) => quote!(Http(#kind)),
        SchemeKind::ApiKeyHeader(header) => quote!(ApiKeyHeader(#header)),
        SchemeKind::ApiKeyQuery(parameter) => quote!(ApiKeyQuery(#parameter)),
        SchemeKind::ApiKeyCookie(cookie) => quote!(ApiKeyCookie(#cookie)),
        SchemeKind::OAuth2 { authorization_url, token_url, scopes } => {
            let (authorization_url, token_url) = (
                rust::optional(authorization_url.as_deref()),
                rust::optional(token_url.as_deref()),
            );
            quote!(OAuth2 { authorization_url: #authorization_url, token_url: #token_url, scopes: &[#(#scopes),*] })
        }
        SchemeKind::OpenIdConnect(url) => quote!(OpenIdConnect(#url)),
    };
    quote!(NamedScheme { name: #name, scheme: SecurityScheme::#kind })
}
