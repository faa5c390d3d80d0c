//! Plain questions to tools: BM25 over names, titles, tags and descriptions, with Snowball stems and
//! synonyms.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use support::{Api, Tool};

/// How fast a repeated word stops counting, and how much long texts are held against a tool
/// (Robertson, BM25).
const K1: f32 = 1.2;
const B: f32 = 0.5;
/// What a synonym counts beside the word itself.
const SYNONYM: f32 = 0.6;

/// What the words of a tool's own name count when the query has none of them, and what they add
/// when it has them all.
const UNNAMED: f32 = 0.6;
const NAMED: f32 = 0.9;
/// What a tool gains when it does the kind of thing that is asked for: to read, or to change.
const MEANT: f32 = 1.4;
/// What counts for a name that no tool knows: the word for the kind of thing that it names.
const PROPER_NOUN: f32 = 0.5;

/// The longest question that is looked at, in characters.
pub(crate) const LONGEST_QUERY: usize = 1_000;
/// How many words of it.
const WORDS: usize = 64;

/// As much of a query as is looked at.
pub(crate) fn looked_at(query: &str) -> &str {
    let end = query.char_indices().nth(LONGEST_QUERY).map_or(query.len(), |(index, _)| index);
    query.get(..end).unwrap_or(query)
}

/// An index over the tools of one API.
#[derive(Debug)]
pub(crate) struct Index {
    postings: HashMap<String, Vec<(usize, f32)>>,
    tools: Vec<Entry>,
    synonyms: Synonyms,
    /// What a name that no tool knows is taken for.
    proper_noun: Option<String>,
}

#[derive(Debug)]
struct Entry {
    /// Weighted words, over the mean.
    length: f32,
    /// The words of its name that say what it is about.
    subject: Vec<String>,
    read_only: bool,
}

#[expect(clippy::cast_precision_loss, reason = "tools and words are far fewer than 2^23")]
impl Index {
    /// The index over every tool of `api`, by its own synonyms and those of every API.
    pub(crate) fn new(api: &Api) -> Self {
        let slug = stem(api.slug);
        let verbs = VERBS.map(stem);
        let mut postings: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (number, tool) in api.tools.iter().enumerate() {
            let counts = weighted(&slug, tool);
            let subject =
                words(tool.name).filter(|word| *word != slug && !verbs.contains(word)).collect();
            entries.push(Entry {
                length: counts.values().sum(),
                subject,
                read_only: tool.annotations.read_only,
            });
            for (word, weight) in counts {
                postings.entry(word).or_default().push((number, weight));
            }
        }
        let mean = (entries.iter().map(|entry| entry.length).sum::<f32>()
            / entries.len().max(1) as f32)
            .max(1.0);
        for entry in &mut entries {
            entry.length /= mean;
        }
        let synonyms = Synonyms::new(GENERAL_SYNONYMS.iter().chain(api.synonyms));
        let proper_noun = words(api.proper_nouns).next();
        Self { postings, tools: entries, synonyms, proper_noun }
    }

    /// The tools that answer `query`, best first, by their position.
    pub(crate) fn search(&self, query: &str) -> Vec<usize> {
        let query = looked_at(query);
        let wanted = self.expanded(query);
        let mut scores: BTreeMap<usize, f32> = BTreeMap::new();
        for (word, weight) in &wanted {
            let Some(found) = self.postings.get(word) else { continue };
            let (all, having) = (self.tools.len() as f32, found.len() as f32);
            let rarity = (1.0 + (all - having + 0.5) / (having + 0.5)).ln();
            for &(number, count) in found {
                let score =
                    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * self.tools[number].length));
                *scores.entry(number).or_default() += weight * rarity * score;
            }
        }
        let reading = reads(query);
        let mut ranked: Vec<(usize, f32)> = scores
            .into_iter()
            .map(|(number, score)| {
                let Entry { subject, read_only, .. } = &self.tools[number];
                let named: f32 = subject.iter().filter_map(|word| wanted.get(word)).sum::<f32>()
                    / subject.len().max(1) as f32;
                let meant = if *read_only == reading { MEANT } else { 1.0 };
                (number, score * (UNNAMED + NAMED * named) * meant)
            })
            .collect();
        ranked.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        ranked.into_iter().map(|(number, _)| number).collect()
    }

    /// Whether a tool or a synonym has this word.
    fn knows(&self, word: &str) -> bool {
        self.postings.contains_key(word) || self.synonyms.of_word.contains_key(word)
    }

    /// The words of a query with their synonyms.
    fn expanded(&self, query: &str) -> BTreeMap<String, f32> {
        let mut wanted: BTreeMap<String, f32> = BTreeMap::new();
        let mut raise = |word: String, weight: f32| {
            let present = wanted.entry(word).or_default();
            *present = present.max(weight);
        };
        let capital = |given: &&str| given.starts_with(char::is_uppercase);
        let names: HashSet<String> =
            query.split_whitespace().skip(1).filter(capital).flat_map(words).collect();
        for word in words(query).take(WORDS) {
            for other in self.synonyms.of(&word) {
                raise(other.clone(), SYNONYM);
            }
            if let Some(noun) = &self.proper_noun
                && !self.knows(&word)
                && names.contains(&word)
            {
                raise(noun.clone(), PROPER_NOUN);
            }
            raise(word, 1.0);
        }
        wanted
    }
}

/// Groups of words that mean the same, as stems.
#[derive(Debug)]
struct Synonyms {
    groups: Vec<Vec<String>>,
    /// The groups that a stem is in, by their position.
    of_word: HashMap<String, Vec<usize>>,
}

impl Synonyms {
    /// Groups whose words are separated by spaces.
    fn new<'a>(groups: impl Iterator<Item = &'a &'a str>) -> Self {
        let groups: Vec<Vec<String>> =
            groups.map(|group| group.split(' ').map(stem).collect()).collect();
        let mut of_word: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, group) in groups.iter().enumerate() {
            for word in group.iter().collect::<HashSet<_>>() {
                of_word.entry(word.clone()).or_default().push(number);
            }
        }
        Self { groups, of_word }
    }

    /// The other words of every group that `word` is in.
    fn of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a String> {
        let numbers = self.of_word.get(word).into_iter().flatten();
        numbers
            .filter_map(|&number| self.groups.get(number))
            .flatten()
            .filter(move |other| *other != word)
    }
}

/// The stems of [`DEEDS`].
static DEED_STEMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| DEEDS.iter().map(|deed| stem(deed)).collect());

/// Whether a query asks for something to be shown rather than done: a question, or nothing that is
/// a deed.
fn reads(query: &str) -> bool {
    let lower = query.to_lowercase();
    let mut all =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = all.next().unwrap_or_default();
    QUESTIONS.contains(&first)
        || !std::iter::once(first).chain(all).any(|word| DEED_STEMS.contains(&stem(word)))
}

/// The words of a tool; its name says more than its description.
fn weighted(slug: &str, tool: &Tool) -> BTreeMap<String, f32> {
    let mut counts: BTreeMap<String, f32> = BTreeMap::new();
    let mut add = |text: &str, weight: f32| {
        for word in words(text).filter(|word| word != slug) {
            *counts.entry(word).or_default() += weight;
        }
    };
    add(tool.name, 3.0);
    add(tool.title, 2.0);
    add(tool.method.as_str(), 1.0);
    tool.tags.iter().for_each(|tag| add(tag, 0.7));
    add(tool.description, 1.0);
    add(tool.detail, 0.3);
    counts
}

/// Lower-case stems; words that say nothing are left out.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut parts: Vec<String> = Vec::new();
    let mut lower_before = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            parts.push(String::new());
            lower_before = false;
            continue;
        }
        if parts.is_empty() || (letter.is_uppercase() && lower_before) {
            parts.push(String::new());
        }
        lower_before = letter.is_lowercase();
        if let Some(last) = parts.last_mut() {
            last.extend(letter.to_lowercase());
        }
    }
    parts
        .into_iter()
        .filter(|part| !part.is_empty() && !SILENT.contains(&part.as_str()))
        .map(|part| stem(&part))
}

/// The stem of a lower-case English word.
fn stem(word: &str) -> String {
    Stemmer::new(Algorithm::English).stem(word).into_owned()
}

/// The words in names that say what is done rather than to what.
const VERBS: [&str; 6] = ["list", "get", "create", "update", "delete", "single"];

/// How questions begin, and requests to be shown something.
const QUESTIONS: [&str; 24] = [
    "who", "whose", "what", "which", "when", "where", "is", "are", "was", "has", "have", "did",
    "does", "do", "how", "show", "list", "find", "search", "get", "see", "look", "check", "read",
];

/// What changes something.
const DEEDS: [&str; 72] = [
    "create",
    "add",
    "new",
    "make",
    "start",
    "launch",
    "submit",
    "register",
    "begin",
    "insert",
    "invite",
    "give",
    "grant",
    "delete",
    "remove",
    "offboard",
    "erase",
    "deprovision",
    "drop",
    "deactivate",
    "terminate",
    "update",
    "change",
    "edit",
    "modify",
    "set",
    "rename",
    "replace",
    "adjust",
    "correct",
    "mark",
    "assign",
    "reassign",
    "cancel",
    "stop",
    "abort",
    "withdraw",
    "pause",
    "hold",
    "suspend",
    "put",
    "resume",
    "continue",
    "unpause",
    "approve",
    "reset",
    "sign",
    "send",
    "remind",
    "schedule",
    "comment",
    "upload",
    "import",
    "export",
    "run",
    "trigger",
    "request",
    "match",
    "archive",
    "sync",
    "feed",
    "parse",
    "publish",
    "anonymize",
    "block",
    "attach",
    "extend",
    "activate",
    "revert",
    "enable",
    "disable",
    "launch",
];

/// Words that say nothing about which tool is meant.
const SILENT: &[&str] = &[
    "a", "an", "the", "of", "in", "on", "to", "for", "by", "with", "and", "or", "is", "are", "was",
    "be", "it", "its", "this", "that", "these", "those", "my", "our", "your", "their", "we", "i",
    "you", "me", "us", "do", "does", "did", "can", "could", "would", "should", "please", "how",
    "from", "at", "as", "all", "every", "any", "some", "single", "there", "has", "have", "had",
    "which", "what", "who", "want", "need", "id", "if", "not",
];

/// Words that mean the same to whoever asks, of whatever API; what they mean in the field of one API
/// is said by its overlay.
const GENERAL_SYNONYMS: &[&str] = &[
    "delete remove erase drop",
    "create add new make start launch submit register begin insert invite",
    "give grant let allow access",
    "update change edit modify set rename replace adjust mark",
    "list show find search fetch look see browse enumerate overview",
    "get read show fetch details detail open view retrieve look",
    "cancel stop abort terminate withdraw end",
    "pause hold suspend",
    "resume continue unpause",
    "user person people employee member staff colleague account someone somebody",
    "group team department",
    "comment note message discuss remark say said",
    "document file attachment pdf download upload",
    "audit log history trail event",
    "role permission privilege",
    "webhook subscription notification callback",
    "status state progress stand track poll job finished done complete",
    "export download report",
    "email mail address",
    "organization organisation org tenant company",
    "identity whoami logged login token myself",
    "plugin integration connector",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("approvals", "approved"),
            ("approver", "approve"),
            ("users", "user"),
            ("companies", "company"),
            ("cancelling", "cancel"),
            ("signers", "signer"),
            ("comments", "comment"),
            ("integrations", "integrate"),
            ("deleted", "delete"),
            ("running", "run"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert_eq!(stem("status"), "status");
        assert_eq!(words("listAllUsers by_id").collect::<Vec<_>>(), ["list", "user"]);
    }

    /// What people ask an API, as `question | tools that answer it`, by slug.
    fn questions() -> Vec<(&'static Api, String, Vec<String>)> {
        let specs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
        let mut questions = Vec::new();
        for api in crate::apis::apis() {
            let Ok(text) = std::fs::read_to_string(specs.join(api.slug).join("questions.txt"))
            else {
                continue;
            };
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let (question, tools) = line.split_once(" | ").expect(line);
                let tools = tools.split(", ").map(str::to_owned).collect();
                questions.push((*api, question.to_owned(), tools));
            }
        }
        questions
    }

    #[test]
    fn example_questions_name_tools_that_exist() {
        let strangers: Vec<String> = questions()
            .into_iter()
            .flat_map(|(api, _, tools)| tools.into_iter().map(move |tool| (api, tool)))
            .filter(|(api, tool)| api.tool(tool).is_none())
            .map(|(api, tool)| format!("{}: {tool}", api.slug))
            .collect();
        assert!(strangers.is_empty(), "{strangers:#?}");
    }

    /// The share of plain questions whose tool is the first, and among the first five.
    #[test]
    fn plain_questions_find_their_tool() {
        let questions = questions();
        assert!(questions.len() >= 50, "{} questions", questions.len());
        let mut first = 0;
        let mut missed = Vec::new();
        for (api, question, tools) in &questions {
            let ranked = Index::new(api).search(question);
            let best: Vec<&str> =
                ranked.into_iter().take(5).map(|number| api.tools[number].name).collect();
            let place = best.iter().position(|name| tools.iter().any(|tool| tool == name));
            first += usize::from(place == Some(0));
            if place.is_none() {
                missed.push((question, best));
            }
        }
        let asked = questions.len();
        assert!(missed.len() * 20 <= asked, "{} of {asked} missed: {missed:#?}", missed.len());
        assert!(first * 100 >= asked * 62, "only {first} of {asked} in the first place");
    }

    #[test]
    fn synonyms_and_proper_nouns_are_those_of_the_api_that_is_searched() {
        let api = |synonyms, proper_nouns| Api { synonyms, proper_nouns, ..crate::testing::DEMO };
        let finds = |api: &Api, question| !Index::new(api).search(question).is_empty();
        assert!(finds(&api(&["thing gadget"], ""), "gadgets"));
        assert!(!finds(&api(&["thing widget"], ""), "gadgets"));
        assert!(finds(&api(&[], "thing"), "everybody on Quuxly"));
        assert!(!finds(&api(&[], ""), "everybody on Quuxly"));
        assert!(!finds(&api(&[], "thing"), "everybody on quuxly"));
    }

    #[test]
    fn no_more_of_a_query_is_looked_at_than_anybody_asks() {
        assert_eq!(looked_at(&"é".repeat(2_000)), "é".repeat(LONGEST_QUERY));
        assert_eq!(looked_at("short"), "short");
        let api = crate::apis::apis()[0];
        let index = Index::new(api);
        let question = "list users ".repeat(LONGEST_QUERY / 11 + 1);
        assert_eq!(index.search(&question), index.search(&question.repeat(1_000)));
    }
}
