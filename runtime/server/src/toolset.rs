//! The tools that one filter exposes: built in one place, read by list, call, search, prompts and preview.

pub mod filter;
pub(crate) mod search;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use moka::sync::Cache;

pub use self::filter::{Filter, Narrowing, UnknownName};
use crate::catalogue::{Catalogue, ServedTool};

/// The tools that a filter exposes, sorted by name.
pub struct Toolset {
    /// The API they belong to.
    pub catalogue: Arc<Catalogue>,
    entries: Box<[Arc<ServedTool>]>,
    listing: OnceLock<Bytes>,
}

impl Toolset {
    /// The tools of `catalogue` that `filter` and `narrowing` admit.
    #[must_use]
    pub fn build(catalogue: &Arc<Catalogue>, filter: &Filter, narrowing: &Narrowing) -> Self {
        Self::of(catalogue, admitted(catalogue, filter, narrowing))
    }

    fn of(catalogue: &Arc<Catalogue>, entries: Box<[Arc<ServedTool>]>) -> Self {
        Self { catalogue: catalogue.clone(), entries, listing: OnceLock::new() }
    }

    /// The tools, sorted by name.
    #[must_use]
    pub fn tools(&self) -> &[Arc<ServedTool>] {
        &self.entries
    }

    /// Whether nothing is exposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The tool of this name, if it is exposed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<ServedTool>> {
        self.entries.binary_search_by(|served| served.name().cmp(name)).ok().map(|index| &self.entries[index])
    }

    /// The exposed tools that answer a plain question, best first.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<&Arc<ServedTool>> {
        let ranked = self.catalogue.index().search(query);
        ranked.into_iter().filter_map(|number| self.get(self.catalogue.tools()[number].name())).collect()
    }

    /// The JSON array of the listed tools, serialised once.
    #[must_use]
    pub fn listing(&self) -> &Bytes {
        self.listing.get_or_init(|| {
            let length: usize = self.entries.iter().map(|served| served.listed().len() + 1).sum();
            let mut json = Vec::with_capacity(length + 2);
            json.push(b'[');
            for (index, served) in self.entries.iter().enumerate() {
                if index > 0 {
                    json.push(b',');
                }
                json.extend_from_slice(served.listed().as_bytes());
            }
            json.push(b']');
            json.into()
        })
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toolset").field("api", &self.catalogue.api.slug).field("tools", &self.entries.len()).finish_non_exhaustive()
    }
}

fn admitted(catalogue: &Catalogue, filter: &Filter, narrowing: &Narrowing) -> Box<[Arc<ServedTool>]> {
    catalogue.tools().iter().filter(|served| filter.admits(narrowing, served.tool)).cloned().collect()
}

/// Toolsets shared between servers: one per set of exposed tools, however many filters lead to it.
#[derive(Debug, Clone)]
pub struct Toolsets {
    by_filter: Cache<FilterKey, Arc<Toolset>>,
    by_tools: Cache<ToolsKey, Arc<Toolset>>,
}

type FilterKey = (&'static str, Arc<Filter>, Narrowing);
type ToolsKey = (&'static str, Box<[&'static str]>);

/// How many filters are remembered.
const FILTERS: u64 = 2048;
/// How many different toolsets are kept, each with its list of up to some ten thousand tokens.
const TOOLSETS: u64 = 128;
/// Longer queries are worked out each time, so that no caller can fill memory with them.
const REMEMBERED_QUERY: usize = 256;

impl Default for Toolsets {
    fn default() -> Self {
        Self { by_filter: Cache::new(FILTERS), by_tools: Cache::new(TOOLSETS) }
    }
}

impl Toolsets {
    /// The toolset that `filter` and the query of the MCP URL expose of `catalogue`.
    #[must_use]
    pub fn get(&self, catalogue: &Arc<Catalogue>, filter: &Arc<Filter>, query: &str) -> Arc<Toolset> {
        let narrowing = Narrowing::from_query(query);
        if query.len() > REMEMBERED_QUERY {
            return self.intern(catalogue, filter, &narrowing);
        }
        let key = (catalogue.api.slug, filter.clone(), narrowing);
        self.by_filter.get(&key).unwrap_or_else(|| {
            let toolset = self.intern(catalogue, filter, &key.2);
            self.by_filter.insert(key, toolset.clone());
            toolset
        })
    }

    fn intern(&self, catalogue: &Arc<Catalogue>, filter: &Filter, narrowing: &Narrowing) -> Arc<Toolset> {
        let entries = admitted(catalogue, filter, narrowing);
        let names = entries.iter().map(|served| served.tool.name).collect();
        self.by_tools.get_with((catalogue.api.slug, names), || Arc::new(Toolset::of(catalogue, entries)))
    }
}
