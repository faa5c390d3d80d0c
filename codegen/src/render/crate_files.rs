//! The crate around the code: manifest, README, `src/lib.rs`.

use askama::Template;
use quote::quote;

use crate::Layout;
use crate::ir::{ActingUserHeaders, Api, ExampleCall, FurtherToken, Scheme, SchemeKind, Usage};
use crate::write::Artifact;

use super::example::Example;
use super::rust::{Imports, Module};
use super::schema::instructions;
use super::{builder, doc, prompts, rust, tools};

#[derive(Template)]
#[template(path = "Cargo.toml.txt")]
struct Manifest<'a> {
    slug: &'a str,
    source: String,
    description: String,
    support: Option<String>,
    /// Whether there is a program in `examples/` that calls.
    calls: bool,
}

#[derive(Template)]
#[template(path = "README.md")]
struct Readme<'a> {
    slug: &'a str,
    source: String,
    crate_name: String,
    title: String,
    operations: usize,
    tools: usize,
    types: usize,
    /// Whether the crate stands alone.
    alone: bool,
    example: Option<Example>,
    skipped: Vec<(String, String)>,
}

/// The program that the README shows, too.
#[derive(Template)]
#[template(path = "call_example.rs.txt")]
struct Call<'a> {
    source: String,
    crate_name: String,
    example: &'a Example,
}

#[derive(Template)]
#[template(path = "first_call.rs.txt")]
struct FirstCall {
    source: String,
    crate_name: String,
    example: Example,
}

/// The artifacts.
pub(super) fn render(api: &Api, layout: &Layout) -> Vec<Artifact> {
    let mut out = vec![
        Artifact::new("Cargo.toml", manifest(api, layout)),
        Artifact::new("README.md", readme(api, layout)),
        Artifact::new("src/lib.rs", library(api)),
    ];
    if let Some(example) = &Example::of(api) {
        let call = Call { source: rust::source(api), crate_name: crate_name(api), example };
        out.push(Artifact::new("examples/call.rs", printed(&call)));
    }
    if let (Layout::Standalone { .. }, Some(example)) = (layout, Example::of(api)) {
        let call = FirstCall { source: rust::source(api), crate_name: crate_name(api), example };
        out.push(Artifact::new("examples/first_call.rs", printed(&call)));
    }
    out
}

fn crate_name(api: &Api) -> String {
    api.slug.replace('-', "_")
}

fn manifest(api: &Api, layout: &Layout) -> String {
    let toml = |text: &str| serde_json::Value::from(doc::clean(text)).to_string();
    let support = match layout {
        Layout::Workspace => None,
        Layout::Standalone { support } => Some(toml(support)),
    };
    let description = toml(&format!(
        "{}: a typed client and its operations as tools",
        doc::brief(&api.title, 120)
    ));
    let calls = Example::of(api).is_some();
    printed(&Manifest { slug: &api.slug, source: rust::source(api), description, support, calls })
}

fn readme(api: &Api, layout: &Layout) -> String {
    let plain = |text: &str| doc::brief(text, 200).replace('`', "'");
    printed(&Readme {
        slug: &api.slug,
        source: rust::source(api),
        crate_name: crate_name(api),
        title: doc::brief(&api.title, 120),
        operations: api.operations.len(),
        tools: tools::sorted(api).len(),
        types: api.types.iter().filter(|ty| ty.usage != Usage::default()).count(),
        alone: matches!(layout, Layout::Standalone { .. }),
        example: Example::of(api),
        skipped: api
            .skipped
            .iter()
            .map(|skipped| (plain(&skipped.operation), plain(&skipped.reason)))
            .collect(),
    })
}

/// A template without filters or user formatting has nothing to fail on.
fn printed(template: &impl Template) -> String {
    let text = template.render().unwrap_or_default();
    text.trim_end().to_owned() + "\n"
}

fn library(api: &Api) -> String {
    let mut about =
        format!("{}: a typed client, and its operations as tools.", doc::brief(&api.title, 120));
    let described = doc::cut(api.doc.trim(), 1200);
    if !described.is_empty() {
        about.push_str("\n\n");
        about.push_str(&described);
    }
    let (slug, title) = (&api.slug, doc::brief(&api.title, 120));
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
    let prompts_module = (!api.prompts.is_empty()).then(|| {
        quote! {
            #[cfg(feature = "tools")]
            #[rustfmt::skip]
            pub mod prompts;
        }
    });
    let mut module = Module::new(api, &about);
    let mut imports = Imports::default();
    imports.add("crate::support::api", "Api");
    for (name, used) in [
        ("ActingUserHeaders", api.acting_user.is_some()),
        ("ExampleCall", api.example.is_some()),
        ("FurtherToken", !api.further_tokens.is_empty()),
        ("Launch", api.launch.is_some()),
        ("Origin", !api.origins.is_empty()),
    ] {
        if used {
            imports.add("crate::support::api", name);
        }
    }
    if !api.schemes.is_empty() {
        imports.add("crate::support::security", "NamedScheme");
        imports.add("crate::support::security", "SecurityScheme");
    }
    module.attribute(quote!(#![warn(missing_docs)]));
    module.attribute(quote! {
        #![allow(
            deprecated,
            clippy::pedantic,
            clippy::too_many_arguments,
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
        #prompts_module
        #[cfg(feature = "tools")]
        #[rustfmt::skip]
        pub mod tools;
        #[rustfmt::skip]
        pub mod types;
    });
    module.push(quote!(
        pub use ::support;
    ));
    module.import(imports);
    module.push(quote! {
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
            #prompts
            launch: #launch,
        };
    });
    module.print()
}

fn scheme(scheme: &Scheme) -> proc_macro2::TokenStream {
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
