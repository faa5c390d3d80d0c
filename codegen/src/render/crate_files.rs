//! The crate around the code: manifest, README, `src/lib.rs`.

use std::collections::BTreeMap;

use askama::Template;
use quote::quote;

use crate::ir::{ActingUserHeaders, Api, ExampleCall, FurtherToken, Scheme, SchemeKind, Usage};
use crate::support::{self, Needs};
use crate::write::Artifact;
use crate::{Layout, License, Support};

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
    /// The features of `support` under the same names, each with what it enables.
    features: Vec<(String, String)>,
    alone: Option<Alone>,
    /// Whether there is a program in `examples/` that calls.
    calls: bool,
}

/// What the manifest of a crate of its own says by itself, as TOML.
struct Alone {
    edition: String,
    rust_version: String,
    license: String,
    keywords: String,
    /// Whether the crate can be published.
    carries_support: bool,
    dependencies: BTreeMap<String, String>,
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
    /// What makes it anew is told this, too.
    options: Vec<(&'static str, String)>,
    /// The licence of the `support` that the crate carries.
    carried: Option<&'static str>,
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
        Artifact::new("src/lib.rs", library(api, layout)),
    ];
    if carries_support(layout) {
        out.extend(support::files(&crate_name(api)));
    }
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
    let carries_support = carries_support(layout);
    let features = support::features().into_iter().map(|(name, enables)| {
        let shared = vec![format!("support/{name}")];
        let enables = support::list(if carries_support { &enables } else { &shared });
        (name, enables)
    });
    let alone = match layout {
        Layout::Workspace => None,
        Layout::Standalone { support, license } => {
            let dependencies = match support {
                Support::Carried => support::dependencies(Needs::CodeAndSupport),
                Support::Shared(path) => {
                    let mut dependencies = support::dependencies(Needs::Code);
                    dependencies
                        .insert("support".to_owned(), format!("{{ path = {} }}", toml(path)));
                    dependencies
                }
            };
            Some(Alone {
                edition: toml(&support::edition()),
                rust_version: toml(&support::rust_version()),
                license: toml(match license {
                    License::Given(license) | License::Document(Some(license)) => license,
                    License::Document(None) => support::LICENSE,
                }),
                keywords: support::list(&keywords(api)),
                carries_support,
                dependencies,
            })
        }
    };
    let description = toml(&format!(
        "{}: a typed client and its operations as tools",
        doc::brief(&api.title, 120)
    ));
    printed(&Manifest {
        slug: &api.slug,
        source: rust::source(api),
        description,
        features: features.collect(),
        alone,
        calls: Example::of(api).is_some(),
    })
}

/// The options by which the crate is made anew, each with its value for a shell.
fn options(layout: &Layout) -> Vec<(&'static str, String)> {
    let quoted = |text: &str| format!("'{}'", doc::clean(text).replace('\'', r"'\''"));
    let Layout::Standalone { support, license } = layout else { return Vec::new() };
    let mut options = Vec::new();
    if let Support::Shared(path) = support {
        options.push(("--support", quoted(path)));
    }
    if let License::Given(license) = license {
        options.push(("--license", quoted(license)));
    }
    options
}

/// What crates.io finds the crate by: five words at most, of twenty letters at most.
fn keywords(api: &Api) -> Vec<String> {
    let mut words = vec!["openapi", "api", "client", "mcp"];
    if api.slug.len() <= 20 && !words.contains(&api.slug.as_str()) {
        words.insert(0, &api.slug);
    }
    words.into_iter().map(str::to_owned).collect()
}

fn carries_support(layout: &Layout) -> bool {
    matches!(layout, Layout::Standalone { support: Support::Carried, .. })
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
        options: options(layout),
        carried: carries_support(layout).then_some(support::LICENSE),
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

fn library(api: &Api, layout: &Layout) -> String {
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
    module.push(support_module(layout));
    module.import(imports(api));
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

/// What the row of the API is made of.
fn imports(api: &Api) -> Imports {
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
    imports
}

/// How the crate has `support`, by the path that all generated code names it by.
fn support_module(layout: &Layout) -> proc_macro2::TokenStream {
    if carries_support(layout) {
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
