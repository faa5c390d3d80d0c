//! The APIs on board with their tools.

use std::collections::BTreeMap;
use std::sync::Arc;

use support::Api;

use super::descriptor::ServedTool;
use super::form::{FormDialect, JSON_SCHEMA};

/// The catalogues of the APIs on board, by slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogues(BTreeMap<&'static str, Arc<Catalogue>>);

impl Catalogues {
    /// The catalogue of the API `slug`.
    #[must_use]
    pub fn get(&self, slug: &str) -> Option<&Arc<Catalogue>> {
        self.0.get(slug)
    }

    /// All catalogues, sorted by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Catalogue>> {
        self.0.values()
    }
}

impl FromIterator<Catalogue> for Catalogues {
    fn from_iter<I: IntoIterator<Item = Catalogue>>(catalogues: I) -> Self {
        let by_slug = |catalogue: Catalogue| (catalogue.api.slug, Arc::new(catalogue));
        Self(catalogues.into_iter().map(by_slug).collect())
    }
}

/// One API with its tools as they are served.
#[derive(Debug)]
pub struct Catalogue {
    /// The API.
    pub api: &'static Api,
    /// Reads the forms that its tenants launch things by.
    pub dialect: &'static dyn FormDialect,
    tools: Box<[Arc<ServedTool>]>,
}

impl Catalogue {
    /// The catalogue of `api`, whose forms are JSON Schemas; nothing is parsed or compiled yet.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        let tools = api.tools.iter().map(|tool| Arc::new(ServedTool::new(tool))).collect();
        Self { api, dialect: &JSON_SCHEMA, tools }
    }

    /// The same with forms in a dialect of the vendor's.
    #[must_use]
    pub fn with_dialect(self, dialect: &'static dyn FormDialect) -> Self {
        Self { dialect, ..self }
    }

    /// Every tool, sorted by name.
    #[must_use]
    pub fn tools(&self) -> &[Arc<ServedTool>] {
        &self.tools
    }

    /// The tool of this name, whatever a filter says.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Arc<ServedTool>> {
        let found = self.tools.binary_search_by(|served| served.name().cmp(name));
        found.ok().map(|index| &self.tools[index])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_generated_tool_is_listed_as_clients_need_it() {
        for catalogue in crate::apis::apis().iter().map(|api| Catalogue::new(api)) {
            let mut descriptions = BTreeSet::new();
            for served in catalogue.tools() {
                let listed: Value = serde_json::from_str(served.listed_json()).unwrap();
                let name = served.name();
                assert!((1..=48).contains(&name.len()), "{name}");
                assert!(
                    name.bytes().all(|byte| byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || byte == b'_'),
                    "{name}"
                );
                assert_eq!(listed["inputSchema"]["type"], "object", "{name}");
                assert!(!served.listed_json().contains("\"$ref\""), "{name}");
                for combinator in ["anyOf", "oneOf", "allOf"] {
                    assert_eq!(listed["inputSchema"].get(combinator), None, "{name}");
                }
                assert_eq!(listed["annotations"].as_object().unwrap().len(), 4, "{name}");
                let description = listed["description"].as_str().unwrap();
                assert!((40..=600).contains(&description.chars().count()), "{name}: {description}");
                assert!(descriptions.insert(description.to_owned()), "{name}: {description}");
                assert!(!served.tool.tags.is_empty() && !served.tool.title.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn every_full_schema_compiles() {
        for catalogue in crate::apis::apis().iter().map(|api| Catalogue::new(api)) {
            for served in catalogue.tools() {
                assert!(served.checker().compiles(), "{}", served.name());
            }
        }
    }
}
