//! The tools that one filter exposes: built in one place, read by list, call, search, prompts and
//! preview.

pub mod filter;
pub(crate) mod launch;
pub(crate) mod search;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use moka::sync::Cache;
use support::Tool;

use self::search::{Found, Index, Labels};
use crate::tools::{Catalogue, ServedTool};
use crate::work;

pub use self::filter::Filter;

/// The tools that a filter exposes, sorted by name.
pub struct Toolset {
    /// The API they belong to.
    pub catalogue: Arc<Catalogue>,
    entries: Box<[Arc<ServedTool>]>,
    listed_json: OnceLock<Bytes>,
    index: SharedIndex,
    /// The labels of its launch tools, made on first use.
    labels: OnceLock<Labels>,
}

/// What the whole label of a launch tool adds to how well a tool answers.
const NAMED: f32 = 0.8;

/// The search index of one API, made on first use; all of its toolsets share it.
type SharedIndex = Arc<OnceLock<Index>>;

impl Toolset {
    /// The tools of `catalogue` that `filter` admits.
    #[must_use]
    pub fn build(catalogue: &Arc<Catalogue>, filter: &Filter) -> Self {
        Self::of(catalogue, admitted(catalogue, filter), SharedIndex::default())
    }

    fn of(catalogue: &Arc<Catalogue>, entries: Box<[Arc<ServedTool>]>, index: SharedIndex) -> Self {
        Self {
            catalogue: catalogue.clone(),
            entries,
            listed_json: OnceLock::new(),
            index,
            labels: OnceLock::new(),
        }
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
        self.entries
            .binary_search_by(|served| served.name().cmp(name))
            .ok()
            .map(|index| &self.entries[index])
    }

    /// Whether any of them may change something at the vendor's.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.entries.iter().any(|served| served.writes())
    }

    /// What the tools are about: their tags, sorted.
    pub(crate) fn subjects(&self) -> BTreeSet<&'static str> {
        self.entries.iter().flat_map(|served| served.tool.tags).copied().collect()
    }

    /// `text` without the sentences that name a tool of the API which is not exposed.
    #[must_use]
    pub(crate) fn speakable(&self, text: &str) -> String {
        let sentences = text.split_inclusive(". ");
        sentences.filter(|sentence| self.hidden_in(sentence).next().is_none()).collect()
    }

    /// The tools of the API that `text` names and that are not exposed.
    pub(crate) fn hidden_in<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        words.filter(|word| self.catalogue.tool(word).is_some() && self.get(word).is_none())
    }

    /// The exposed tools that list what the path of `tool` chooses from.
    pub(crate) fn listings(&self, tool: &Tool) -> Vec<&'static str> {
        let path = tool.operation.path;
        let before = path.match_indices("/{").filter_map(|(at, _)| self.listing(path.get(..at)?));
        before.collect()
    }

    /// The exposed tool that lists what an argument called `name` on the wire chooses from: such a
    /// variable stands behind that list, and behind no other, in the paths of the API.
    pub(crate) fn listing_of(&self, name: &str) -> Option<&'static str> {
        let variable = format!("/{{{name}}}");
        let mut collections = self.catalogue.tools().iter().filter_map(|served| {
            let (collection, _) = served.tool.operation.path.split_once(&variable)?;
            Some(collection).filter(|collection| !collection.contains('{'))
        });
        let first = collections.next()?;
        collections.all(|other| other == first).then(|| self.listing(first))?
    }

    /// The exposed tool that lists what lies at `path`.
    pub(crate) fn listing(&self, path: &str) -> Option<&'static str> {
        let lists = |tool: &&Tool| tool.pagination.is_some() && tool.operation.path == path;
        self.entries.iter().map(|served| served.tool).find(lists).map(|tool| tool.name)
    }

    /// Makes the index of the search where nobody has searched this API yet, off the executor.
    pub(crate) async fn indexed(&self) {
        if self.index.get().is_none() {
            let (index, api) = (Arc::clone(&self.index), self.catalogue.api);
            work::over(usize::MAX, move || _ = index.get_or_init(|| Index::new(api))).await;
        }
    }

    /// The exposed tools that answer a plain question, best first. One that removes or ends something
    /// is not the first unless that is asked for.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<&Arc<ServedTool>> {
        let index = self.index.get_or_init(|| Index::new(self.catalogue.api));
        let ranked = index.search(query);
        let launches = self.launches(query, &ranked);
        let general = ranked.iter().filter_map(|found| {
            let served = self.get(self.catalogue.tools()[found.tool].name())?;
            Some((served, *found))
        });
        let mut found: Vec<(&Arc<ServedTool>, Found)> =
            launches.into_iter().chain(general).collect();
        // Stable: what is equally good stays in its order.
        found.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
        if found.first().is_some_and(|(_, first)| first.uncalled_for)
            && let Some(harmless) = found.iter().position(|(_, found)| !found.removes)
        {
            found[..=harmless].rotate_right(1);
        }
        found.into_iter().map(|(served, _)| served).collect()
    }

    /// The launch tools whose label the query names: each answers it as well as the tool that
    /// launches any, and the better the more of its label is there.
    fn launches(&self, query: &str, ranked: &[Found]) -> Vec<(&Arc<ServedTool>, Found)> {
        let labels = self.labels.get_or_init(|| {
            let launches = self.entries.iter().enumerate();
            Labels::new(launches.filter_map(|(number, served)| {
                let title = &served.launch()?.title;
                // What it is called after the verb that every one of them begins with.
                Some((number, title.split_once(' ').map_or(title.as_str(), |(_, label)| label)))
            }))
        });
        let named = labels.named(query);
        let launches = named.into_iter().map(|(number, named)| {
            let served = &self.entries[number];
            let name =
                |found: &&Found| self.catalogue.tools()[found.tool].name() == served.tool.name;
            let general = ranked.iter().find(name).map_or(0.0, |found| found.score);
            let found = Found {
                tool: 0,
                score: general + NAMED * named,
                removes: false,
                uncalled_for: false,
            };
            (served, found)
        });
        launches.collect()
    }

    /// The JSON array of the listed tools, serialised once.
    #[must_use]
    pub fn listed_json(&self) -> &Bytes {
        self.listed_json.get_or_init(|| {
            let length: usize =
                self.entries.iter().map(|served| served.listed_json().len() + 1).sum();
            let mut json = Vec::with_capacity(length + 2);
            json.push(b'[');
            for (index, served) in self.entries.iter().enumerate() {
                if index > 0 {
                    json.push(b',');
                }
                json.extend_from_slice(served.listed_json().as_bytes());
            }
            json.push(b']');
            json.into()
        })
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toolset")
            .field("api", &self.catalogue.api.slug)
            .field("tools", &self.entries.len())
            .finish_non_exhaustive()
    }
}

fn admitted(catalogue: &Catalogue, filter: &Filter) -> Box<[Arc<ServedTool>]> {
    catalogue.tools().iter().filter(|served| filter.admits(served.tool)).cloned().collect()
}

/// Toolsets shared between servers: one per set of exposed tools, however many filters lead to it.
#[derive(Debug, Clone)]
pub struct Toolsets {
    by_filter: Cache<u64, Arc<Remembered>>,
    by_tools: Cache<ToolsKey, Arc<Toolset>>,
    hasher: RandomState,
    indexes: Arc<Mutex<BTreeMap<&'static str, SharedIndex>>>,
}

type ToolsKey = (&'static str, Box<[&'static str]>);

/// A toolset with the filter that led to it; the key is only a hash of that.
#[derive(Debug)]
struct Remembered {
    filter: Filter,
    toolset: Arc<Toolset>,
}

/// How many filters are remembered.
const FILTERS: u64 = 2048;
/// How many different toolsets are kept, each with its list of up to some ten thousand tokens.
const TOOLSETS: u64 = 128;
/// Longer queries are worked out each time, so that no caller can fill memory with them.
const REMEMBERED_QUERY: usize = 256;

impl Default for Toolsets {
    fn default() -> Self {
        Self {
            by_filter: Cache::new(FILTERS),
            by_tools: Cache::new(TOOLSETS),
            hasher: RandomState::new(),
            indexes: Arc::default(),
        }
    }
}

impl Toolsets {
    /// The toolset that `filter`, narrowed by the `methods` and `tags` of an MCP URL's query,
    /// exposes of `catalogue`.
    #[must_use]
    pub fn get(
        &self,
        catalogue: &Arc<Catalogue>,
        filter: &Filter,
        query: Option<&str>,
    ) -> Arc<Toolset> {
        let filter = narrowed(filter, query);
        if query.is_some_and(|query| query.len() > REMEMBERED_QUERY) {
            return self.intern(catalogue, &filter);
        }
        self.remembered(catalogue, &filter)
    }

    fn remembered(&self, catalogue: &Arc<Catalogue>, filter: &Filter) -> Arc<Toolset> {
        let key = self.hasher.hash_one((catalogue.api.slug, filter));
        if let Some(found) = self.by_filter.get(&key)
            && found.filter == *filter
            && found.toolset.catalogue.api.slug == catalogue.api.slug
        {
            return found.toolset.clone();
        }
        let toolset = self.intern(catalogue, filter);
        self.by_filter
            .insert(key, Arc::new(Remembered { filter: filter.clone(), toolset: toolset.clone() }));
        toolset
    }

    fn index(&self, slug: &'static str) -> SharedIndex {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.entry(slug).or_default().clone()
    }

    fn intern(&self, catalogue: &Arc<Catalogue>, filter: &Filter) -> Arc<Toolset> {
        let entries = admitted(catalogue, filter);
        let names = entries.iter().map(|served| served.tool.name).collect();
        self.by_tools.get_with((catalogue.api.slug, names), || {
            let index = self.index(catalogue.api.slug);
            Arc::new(Toolset::of(catalogue, entries, index))
        })
    }
}

/// `filter`, narrowed by the `methods` and `tags` of an MCP URL's query.
#[must_use]
pub fn narrowed<'f>(filter: &'f Filter, query: Option<&str>) -> Cow<'f, Filter> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Cow::Borrowed(filter) };
    let (mut methods, mut tags) = (None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let list: &mut Option<String> = match &*name {
            "methods" => &mut methods,
            "tags" => &mut tags,
            _ => continue,
        };
        match list {
            Some(list) => {
                list.push(',');
                list.push_str(&value);
            }
            None => *list = Some(value.into_owned()),
        }
    }
    match (methods, tags) {
        (None, None) => Cow::Borrowed(filter),
        (methods, tags) => Cow::Owned(filter.narrowed(methods.as_deref(), tags.as_deref())),
    }
}
