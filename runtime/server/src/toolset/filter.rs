//! What a server exposes: methods and tags and names, decided in one place.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use support::{Api, Tool};

use crate::fields::Fields;
use crate::nearest::nearest;
use crate::violation::{Violation, Violations};

/// Which tools pass. Sets are lower case; an absent set lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    methods: Option<Words>,
    tags: Option<Words>,
    narrowed_methods: Option<Words>,
    narrowed_tags: Option<Words>,
    allow: Option<Words>,
    deny: Words,
}

type Words = BTreeSet<Box<str>>;

/// The words that stand for several methods, and the methods that every API has.
const COMMON_METHODS: [&str; 8] =
    ["read", "write", "custom", "list", "get", "create", "update", "delete"];

impl Filter {
    /// Nothing but the tool of this name, a deprecated one too.
    #[must_use]
    pub(crate) fn only(tool: &str) -> Self {
        Self { allow: Some([tool.into()].into()), ..Self::default() }
    }

    /// Reads the filter's members of a server's config. Names that the API does not know are
    /// violations; they stay in the filter all the same, where they match nothing.
    #[must_use]
    pub fn read(fields: &mut Fields<'_>, api: &Api, launches: Launches) -> Self {
        let methods = known_methods(api);
        let tags = known_tags(api);
        let tools: BTreeSet<&str> = api.tools.iter().map(|tool| tool.name).collect();
        let prefix = match launches {
            Launches::Offered => Some(launch_prefix(api)),
            Launches::None => None,
        };
        Self {
            methods: words(fields, "methods", &methods, None),
            tags: words(fields, "tags", &tags, None),
            allow: words(fields, "allow", &tools, prefix.as_deref()),
            deny: words(fields, "deny", &tools, prefix.as_deref()).unwrap_or_default(),
            narrowed_methods: None,
            narrowed_tags: None,
        }
    }

    /// The same filter narrowed by `?methods=` and `?tags=` of a URL: comma-separated, never wider,
    /// never an error.
    #[must_use]
    pub fn narrowed(&self, methods: Option<&str>, tags: Option<&str>) -> Self {
        Self { narrowed_methods: listed(methods), narrowed_tags: listed(tags), ..self.clone() }
    }

    /// Whether a tool passes.
    #[must_use]
    pub fn admits(&self, tool: &Tool) -> bool {
        let named = self.allow.as_ref().map(|allow| allow.contains(tool.name));
        named.unwrap_or(!tool.deprecated)
            && !self.deny.contains(tool.name)
            && self.admits_method(tool)
            && [&self.tags, &self.narrowed_tags]
                .into_iter()
                .flatten()
                .all(|tags| has_tag(tool, tags))
    }

    /// Whether the tool `name` passes, which launches one template by `launcher`. Denied by its
    /// `unmarked` name are all templates of that label: which of them was meant, nobody can tell.
    #[must_use]
    pub fn admits_launch(&self, name: &str, unmarked: &str, launcher: &Tool) -> bool {
        self.allow.as_ref().is_none_or(|allow| allow.contains(name))
            && ![name, unmarked].iter().any(|name| self.deny.contains(*name))
            && self.admits_method(launcher)
            && [&self.tags, &self.narrowed_tags]
                .into_iter()
                .flatten()
                .all(|tags| has_tag(launcher, tags))
    }

    fn admits_method(&self, tool: &Tool) -> bool {
        let fits = |words: &Words| {
            words.contains(tool.method.as_str()) || words.contains(tool.method.group())
        };
        [&self.methods, &self.narrowed_methods].into_iter().flatten().all(fits)
    }

    /// Why nothing passes, for whoever wrote the config.
    #[must_use]
    pub fn emptiness(&self, api: &Api) -> String {
        let by_method = api.tools.iter().filter(|tool| self.admits_method(tool)).count();
        let by_tag = api
            .tools
            .iter()
            .filter(|tool| self.tags.as_ref().is_none_or(|tags| has_tag(tool, tags)))
            .count();
        let mut why = format!(
            "would expose no tool: of {} tools, {by_method} have the methods and {by_tag} have the tags",
            api.tools.len()
        );
        if let Some(allow) = &self.allow {
            let _ = write!(why, ", and allow names {}", allow.len());
        }
        if !self.deny.is_empty() {
            let _ = write!(why, ", and deny takes away {}", self.deny.len());
        }
        why.push_str("; a tool must pass all of these");
        why
    }
}

/// Whether launch forms are tools of their own, so that names beginning like theirs are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launches {
    /// `dynamic_tools` is on.
    Offered,
    /// It is off.
    None,
}

/// How the names of launch tools begin.
#[must_use]
pub fn launch_prefix(api: &Api) -> String {
    format!("{}_launch_", api.slug)
}

fn known_methods(api: &Api) -> BTreeSet<&'static str> {
    COMMON_METHODS.into_iter().chain(api.tools.iter().map(|tool| tool.method.as_str())).collect()
}

fn known_tags(api: &Api) -> BTreeSet<&'static str> {
    api.tools.iter().flat_map(|tool| tool.tags.iter().copied()).collect()
}

fn has_tag(tool: &Tool, tags: &Words) -> bool {
    tool.tags.iter().any(|tag| tags.contains(*tag))
}

fn words(
    fields: &mut Fields<'_>,
    name: &'static str,
    known: &BTreeSet<&str>,
    prefix: Option<&str>,
) -> Option<Words> {
    let given = fields.texts(name)?;
    if given.is_empty() && name != "deny" {
        fields.violation(
            name,
            "is empty and so lets nothing through; leave it out to let everything through",
        );
    }
    let mut words = Words::new();
    let pointer = fields.pointer(name);
    for (index, word) in given.iter().enumerate() {
        let word = word.to_lowercase();
        if !known.contains(word.as_str()) && !prefix.is_some_and(|prefix| word.starts_with(prefix))
        {
            complain(fields.violations(), &format!("{pointer}/{index}"), name, &word, known);
        }
        words.insert(word.into());
    }
    Some(words)
}

fn complain(
    violations: &mut Violations,
    pointer: &str,
    name: &str,
    word: &str,
    known: &BTreeSet<&str>,
) {
    let what = match name {
        "methods" => "method",
        "tags" => "tag",
        _ => "tool",
    };
    violations.add(|| {
        let list: Vec<&str> = known.iter().copied().collect();
        let hint = nearest(word, known.iter().copied())
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        let expected = format!("is no {what} of this integration{hint} known: {}", list.join(", "));
        Violation::new(pointer, expected)
    });
}

fn listed(text: Option<&str>) -> Option<Words> {
    let words: Words = text?
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().into())
        .collect();
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::DEMO;

    fn read(config: serde_json::Value) -> Result<Filter, Violations> {
        let mut violations = Violations::default();
        let mut fields = Fields::new(config, "/config", &mut violations).unwrap();
        let filter = Filter::read(&mut fields, &DEMO, Launches::None);
        fields.finish();
        violations.settle(Some(filter))
    }

    fn names(filter: &Filter) -> Vec<&'static str> {
        DEMO.tools.iter().filter(|tool| filter.admits(tool)).map(|tool| tool.name).collect()
    }

    #[test]
    fn methods_and_tags_are_joined_by_and() {
        assert_eq!(
            names(&read(json!({"methods": ["Read"], "tags": ["USERS"]})).unwrap()),
            ["list_all_demo_users"]
        );
        assert_eq!(names(&read(json!({"methods": ["custom"]})).unwrap()), ["demo_things_cancel"]);
        assert_eq!(
            names(&read(json!({"methods": ["cancel", "delete"]})).unwrap()),
            ["delete_a_demo_thing_by_id", "demo_things_cancel"]
        );
    }

    #[test]
    fn deny_beats_allow_and_deprecated_tools_must_be_allowed_by_name() {
        assert!(!names(&Filter::default()).contains(&"list_all_demo_olds"));
        let config = json!({"allow": ["list_all_demo_olds", "list_all_demo_users"], "deny": ["list_all_demo_users"]});
        assert_eq!(names(&read(config).unwrap()), ["list_all_demo_olds"]);
    }

    #[test]
    fn the_presets_of_every_api_are_configs_that_expose_tools() {
        let mut exposing = 0;
        for api in crate::apis::apis() {
            for preset in api.presets {
                let lists = [
                    ("methods", preset.methods),
                    ("tags", preset.tags),
                    ("allow", preset.allow),
                    ("deny", preset.deny),
                ];
                let config: serde_json::Map<_, _> = lists
                    .into_iter()
                    .filter(|(_, words)| !words.is_empty())
                    .map(|(name, words)| (name.to_owned(), json!(words)))
                    .collect();
                let mut violations = Violations::default();
                let mut fields = Fields::new(config.into(), "/config", &mut violations).unwrap();
                let filter = Filter::read(&mut fields, api, Launches::None);
                fields.finish();
                let filter = violations.settle(Some(filter)).unwrap();
                assert!(api.tools.iter().any(|tool| filter.admits(tool)), "{}", preset.key);
                exposing += 1;
            }
        }
        assert!(exposing > 0, "no API has a preset");
    }

    #[test]
    fn a_url_narrows_and_never_widens_or_fails() {
        let read_only = read(json!({"methods": ["read"]})).unwrap();
        assert_eq!(names(&read_only.narrowed(Some("read,write,custom"), None)), names(&read_only));
        assert_eq!(names(&read_only.narrowed(Some("write"), None)), [""; 0]);
        assert_eq!(names(&read_only.narrowed(Some("nonsense"), None)), [""; 0]);
        assert_eq!(names(&read_only.narrowed(None, Some(" Users "))), ["list_all_demo_users"]);
        assert_eq!(names(&read_only.narrowed(Some(""), Some(","))), names(&read_only));
    }

    #[test]
    fn of_many_unknown_names_fifty_are_faults_and_the_others_counted() {
        let violations = read(
            json!({"deny": (0..1_000).map(|number| format!("x{number}")).collect::<Vec<_>>()}),
        )
        .unwrap_err();
        assert_eq!((violations.named().len(), violations.more()), (50, 950));
    }

    #[test]
    fn unknown_names_are_faults_that_list_the_known_ones() {
        let found =
            read(json!({"methods": ["reed"], "tags": ["nope"], "deny": ["x"], "allow": []}))
                .unwrap_err();
        let violations = found.named();
        let pointers: Vec<&str> =
            violations.iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/config/methods/0", "/config/tags/0", "/config/allow", "/config/deny/0"]
        );
        assert!(
            violations[0].expected.contains("did you mean `read`"),
            "{}",
            violations[0].expected
        );
        assert!(violations[1].expected.contains("things, users"), "{}", violations[1].expected);
    }
}
