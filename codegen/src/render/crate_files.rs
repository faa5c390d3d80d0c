//! The crate around the code: manifest, README, examples.

use std::collections::BTreeMap;

use askama::Template;

use crate::ir::{Api, Usage};
use crate::support::{self, Needs};
use crate::write::Artifact;
use crate::{Layout, License, Support};

use super::example::Example;
use super::{doc, library, rust, tools};

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
    example: Option<&'a Example>,
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
struct FirstCall<'a> {
    source: String,
    crate_name: String,
    example: &'a Example,
}

/// The artifacts.
pub(super) fn render(api: &Api, layout: &Layout) -> Vec<Artifact> {
    let example = Example::of(api);
    let mut out = vec![
        Artifact::new("Cargo.toml", manifest(api, layout, example.is_some())),
        Artifact::new("README.md", readme(api, layout, example.as_ref())),
        Artifact::new("src/lib.rs", library::render(api, layout)),
    ];
    if carries_support(layout) {
        out.extend(support::files(&crate_name(api)));
    }
    if let Some(example) = &example {
        let (source, crate_name) = (rust::source(api), crate_name(api));
        if let Layout::Standalone { .. } = layout {
            let (source, crate_name) = (source.clone(), crate_name.clone());
            let call = FirstCall { source, crate_name, example };
            out.push(Artifact::new("examples/first_call.rs", printed(&call)));
        }
        let call = Call { source, crate_name, example };
        out.push(Artifact::new("examples/call.rs", printed(&call)));
    }
    out
}

fn crate_name(api: &Api) -> String {
    api.slug.replace('-', "_")
}

fn manifest(api: &Api, layout: &Layout, calls: bool) -> String {
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
    let description =
        toml(&format!("{}: a typed client and its operations as tools", doc::title(api)));
    printed(&Manifest {
        slug: &api.slug,
        source: rust::source(api),
        description,
        features: features.collect(),
        alone,
        calls,
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

/// Whether the crate carries `support` as a module of its own.
pub(super) fn carries_support(layout: &Layout) -> bool {
    matches!(layout, Layout::Standalone { support: Support::Carried, .. })
}

fn readme(api: &Api, layout: &Layout, example: Option<&Example>) -> String {
    let plain = |text: &str| doc::brief(text, 200).replace('`', "'");
    printed(&Readme {
        slug: &api.slug,
        source: rust::source(api),
        crate_name: crate_name(api),
        title: doc::title(api),
        operations: api.operations.len(),
        tools: tools::sorted(api).len(),
        types: api.types.iter().filter(|ty| ty.usage != Usage::default()).count(),
        alone: matches!(layout, Layout::Standalone { .. }),
        options: options(layout),
        carried: carries_support(layout).then_some(support::LICENSE),
        example,
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
