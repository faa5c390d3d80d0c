//! What the manifest of `support` says: libraries with their versions, features, the compiler.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Libraries that generated code names itself.
const OWN: [&str; 2] = ["serde", "serde_json"];

/// What the manifest may say; a key that is none of these, as `target` is, fails the tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Manifest {
    #[serde(rename = "package")]
    _package: IgnoredAny,
    #[serde(default, rename = "lints")]
    _lints: IgnoredAny,
    #[serde(default, rename = "dev-dependencies")]
    _dev_dependencies: IgnoredAny,
    #[serde(default, rename = "test")]
    _tests: IgnoredAny,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
struct Root {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    package: Package,
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    edition: String,
    rust_version: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Version(String),
    Table(Table),
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    version: Option<String>,
    path: Option<String>,
    default_features: Option<bool>,
    features: Vec<String>,
    optional: bool,
    workspace: bool,
}

impl Dependency {
    fn table(&self) -> Table {
        match self {
            Self::Version(version) => Table { version: Some(version.clone()), ..Table::default() },
            Self::Table(table) => table.clone(),
        }
    }
}

impl Table {
    /// What a member of the workspace says, on top of what the workspace says.
    fn inherit(self, workspace: &BTreeMap<String, Dependency>, name: &str) -> Self {
        if !self.workspace {
            return self;
        }
        let mut whole = workspace.get(name).map(Dependency::table).unwrap_or_default();
        for feature in self.features {
            if !whole.features.contains(&feature) {
                whole.features.push(feature);
            }
        }
        Self { optional: self.optional, ..whole }
    }

    /// The value of its key in a manifest.
    fn toml(&self) -> String {
        let version = toml(self.version.as_deref().unwrap_or("*"));
        let mut members = vec![format!("version = {version}")];
        if self.default_features == Some(false) {
            members.push("default-features = false".to_owned());
        }
        if !self.features.is_empty() {
            members.push(format!("features = {}", list(&self.features)));
        }
        if self.optional {
            members.push("optional = true".to_owned());
        }
        if members.len() == 1 { version } else { format!("{{ {} }}", members.join(", ")) }
    }
}

fn toml(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A list of texts in a manifest.
pub(crate) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| toml(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn manifest() -> Manifest {
    toml::from_str(include_str!("../../../runtime/support/Cargo.toml"))
        .expect("a manifest that cargo reads")
}

fn workspace() -> Workspace {
    let root: Root =
        toml::from_str(include_str!("../../../Cargo.toml")).expect("a manifest that cargo reads");
    root.workspace
}

/// Which libraries a crate needs, by name, each with the value of its key in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The generated code alone.
    Code,
    /// The generated code and `support`.
    CodeAndSupport,
}

/// The libraries, in the order of their names.
pub(crate) fn dependencies(needs: Needs) -> BTreeMap<String, String> {
    let workspace = workspace().dependencies;
    let mut out: BTreeMap<String, String> = OWN
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), workspace.get(*name)?.table().toml())))
        .collect();
    if needs == Needs::CodeAndSupport {
        for (name, dependency) in manifest().dependencies {
            let value = dependency.table().inherit(&workspace, &name).toml();
            out.insert(name, value);
        }
    }
    out
}

/// Whether a crate that carries `support` depends on a library of this name.
#[must_use]
pub fn is_library(name: &str) -> bool {
    dependencies(Needs::CodeAndSupport).keys().any(|library| library.replace('-', "_") == name)
}

/// The features of `support`, each with what it enables; without those that it has by default.
pub(crate) fn features() -> BTreeMap<String, Vec<String>> {
    let mut features = manifest().features;
    features.remove("default");
    features
}

/// The edition of all sources.
pub(crate) fn edition() -> String {
    workspace().package.edition
}

/// The oldest compiler.
pub(crate) fn rust_version() -> String {
    workspace().package.rust_version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_has_a_version_of_a_registry() {
        let workspace = workspace().dependencies;
        for (name, dependency) in manifest().dependencies {
            let table = dependency.table().inherit(&workspace, &name);
            assert!(table.version.is_some() && table.path.is_none(), "{name}");
        }
        let serde = "{ version = \"1\", features = [\"derive\"], optional = true }";
        let inherited = BTreeMap::from([(
            "serde".to_owned(),
            toml::from_str::<BTreeMap<String, Dependency>>("serde = \"1\"")
                .expect("TOML")
                .remove("serde")
                .expect("there"),
        )]);
        let asked: BTreeMap<String, Dependency> = toml::from_str(
            "serde = { workspace = true, optional = true, features = [\"derive\"] }",
        )
        .expect("TOML");
        assert_eq!(asked["serde"].table().inherit(&inherited, "serde").toml(), serde);
    }
}
