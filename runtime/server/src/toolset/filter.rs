//! Which tools a server exposes: methods, tags, allow and deny, and the narrowing that a URL may add.

use std::collections::BTreeSet;

use support::{Api, Tool};

/// A server's filter. `None` leaves that side open; an empty list admits nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Groups (`read`, `write`, `custom`) or single methods.
    pub methods: Option<Vec<String>>,
    /// A tool passes with any of them.
    pub tags: Option<Vec<String>>,
    /// Only these tools; the one way to a deprecated tool.
    pub allow: Option<Vec<String>>,
    /// Never these tools.
    pub deny: Vec<String>,
}

/// What `?methods=&tags=` adds: it narrows and never fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Narrowing {
    /// As [`Filter::methods`].
    pub methods: Option<Vec<String>>,
    /// As [`Filter::tags`].
    pub tags: Option<Vec<String>>,
}

impl Narrowing {
    /// Reads the query of an MCP URL; whatever else it holds is ignored, and an empty value narrows nothing.
    #[must_use]
    pub fn from_query(query: &str) -> Self {
        let mut narrowing = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let side = match &*name {
                "methods" => &mut narrowing.methods,
                "tags" => &mut narrowing.tags,
                _ => continue,
            };
            let words = value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
            for word in words {
                side.get_or_insert_default().push(word);
            }
        }
        narrowing
    }
}

/// A name in a configuration that the API does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}[{index}]: unknown {kind} `{value}`; known: {}", known.join(", "), kind = kind(field))]
pub struct UnknownName {
    /// `methods`, `tags`, `allow` or `deny`.
    pub field: &'static str,
    /// The position in that list.
    pub index: usize,
    /// The name as given.
    pub value: String,
    /// The names that would do; for tools the nearest ones first.
    pub known: Vec<String>,
}

fn kind(field: &str) -> &'static str {
    match field {
        "methods" => "method",
        "tags" => "tag",
        _ => "tool",
    }
}

const GROUPS: [&str; 8] = ["read", "write", "custom", "list", "get", "create", "update", "delete"];

impl Filter {
    /// Every unknown name in this filter.
    #[must_use]
    pub fn unknown(&self, api: &Api) -> Vec<UnknownName> {
        let methods: BTreeSet<&str> = api.tools.iter().map(|tool| tool.method.as_str()).filter(|word| !GROUPS.contains(word)).collect();
        let methods: Vec<&str> = GROUPS.into_iter().chain(methods).collect();
        let tags: BTreeSet<&str> = api.tools.iter().flat_map(|tool| tool.tags.iter().copied()).collect();
        let tags: Vec<&str> = tags.into_iter().collect();
        let tools: Vec<&str> = api.tools.iter().map(|tool| tool.name).collect();
        let mut unknown = Vec::new();
        let mut check = |field: &'static str, given: &[String], known: &[&str]| {
            for (index, value) in given.iter().enumerate() {
                if !known.iter().any(|name| name.eq_ignore_ascii_case(value.trim())) {
                    let known = known.iter().map(|&name| name.to_owned()).collect();
                    unknown.push(UnknownName { field, index, value: value.clone(), known });
                }
            }
        };
        check("methods", self.methods.as_deref().unwrap_or_default(), &methods);
        check("tags", self.tags.as_deref().unwrap_or_default(), &tags);
        check("allow", self.allow.as_deref().unwrap_or_default(), &tools);
        check("deny", &self.deny, &tools);
        unknown
    }

    /// Whether a server with this filter exposes `tool`: the only place that decides it.
    #[must_use]
    pub fn admits(&self, narrowing: &Narrowing, tool: &Tool) -> bool {
        let allowed = self.allow.as_deref().map(|names| holds(names, tool.name));
        allowed.unwrap_or(!tool.deprecated)
            && !holds(&self.deny, tool.name)
            && method_passes(self.methods.as_deref(), tool)
            && method_passes(narrowing.methods.as_deref(), tool)
            && tag_passes(self.tags.as_deref(), tool)
            && tag_passes(narrowing.tags.as_deref(), tool)
    }
}

fn holds(names: &[String], name: &str) -> bool {
    names.iter().any(|given| given.trim().eq_ignore_ascii_case(name))
}

fn method_passes(methods: Option<&[String]>, tool: &Tool) -> bool {
    methods.is_none_or(|methods| holds(methods, tool.method.as_str()) || holds(methods, tool.method.group()))
}

fn tag_passes(tags: Option<&[String]>, tool: &Tool) -> bool {
    tags.is_none_or(|tags| tool.tags.iter().any(|tag| holds(tags, tag)))
}
