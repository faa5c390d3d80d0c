//! What a call came to, as a page shows it: in words, as a tree, as JSON, and how to make it elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::copies::Copies;
use super::field::escaped;
use crate::bound;
use crate::call::{FailureKind, Outcome};
use crate::json::member;
use crate::pages::exposure::{counted, number};
use crate::pages::inputs::capital;

/// How many values a tree shows.
const NODES: usize = 300;
/// About how much a tree may take of a page, in bytes.
const TREE: usize = 20_000;
/// How many single values of an answer are told however long its lists are.
const BESIDE: usize = 30;
/// How much of what an object holds is told where it is folded, in bytes.
const EXCERPT: usize = 90;
/// How much of the raw answer is shown, in bytes of the page.
const RAW: usize = 16_000;
/// The longest text of one value in a tree, in bytes.
const TEXT: usize = 200;

/// What came of a call.
pub(super) struct Shown {
    pub(super) ok: bool,
    pub(super) words: String,
    /// What the vendor or this program said of a failure.
    pub(super) message: String,
    pub(super) advice: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tree: Vec<Step>,
    pub(super) left: usize,
    pub(super) raw: String,
    /// How large it is in all, where the page shows a part.
    pub(super) raw_size: Option<String>,
    pub(super) files: Vec<File>,
    /// The fields that ask for the same once more.
    pub(super) again: Vec<(String, String)>,
    /// The fields that ask for the next page.
    pub(super) next: Option<Vec<(String, String)>>,
    /// The tool that tells how a job stands, and its page behind the account's tools.
    pub(super) poll: Option<(String, String)>,
    pub(super) copies: Copies,
}

/// A step through a tree of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A value that holds others: its name, what it is, and whether it is unfolded.
    Open(String, String, bool),
    /// Its end.
    Close,
    /// A value that holds none.
    Leaf(String, String),
}

/// A file in an answer.
pub(super) struct File {
    pub(super) name: String,
    pub(super) media: String,
    pub(super) size: String,
    /// Where it lies, if the answer only tells that.
    pub(super) address: Option<String>,
}

impl Shown {
    /// What is said of an outcome, and what it holds.
    pub(super) fn of(outcome: &Outcome, result: &Value, copies: Copies) -> Self {
        let error = |name: &str| {
            let said = result["error"][name].as_str().unwrap_or_default();
            bound::cut(said, bound::MESSAGE).into_owned()
        };
        let mut tree =
            Tree { steps: Vec::new(), nodes: NODES, room: TREE, beside: BESIDE, left: 0 };
        tree.value("", result, 0);
        let pretty = match result {
            // What lies too deep to be read stands as it is.
            Value::Null => outcome.json().to_owned(),
            result => serde_json::to_string_pretty(result).unwrap_or_default(),
        };
        let raw = cut_escaped(&pretty, RAW);
        let whole = raw.len() < pretty.len();
        Self {
            ok: outcome.failure.is_none(),
            words: outcome.failure.map_or_else(|| "It worked.".to_owned(), words),
            message: capital(&error("message")),
            advice: error("advice"),
            facts: facts(outcome),
            tree: tree.steps,
            left: tree.left,
            raw_size: whole.then(|| counted(pretty.len(), "byte", "bytes")),
            raw: raw.to_owned(),
            files: outcome
                .blocks
                .iter()
                .filter_map(|block| file(&block.0))
                .chain(text_file(result).map(|(file, _)| file))
                .collect(),
            again: Vec::new(),
            next: None,
            poll: None,
            copies,
        }
    }

    /// Whether a file came back with its bytes.
    pub(super) fn has_bytes(&self) -> bool {
        self.files.iter().any(|file| file.address.is_none())
    }

    /// How much of the tree is not shown, in words.
    pub(super) fn left(&self) -> String {
        number(self.left.try_into().unwrap_or_default())
    }
}

/// What kind of failure it is.
fn words(kind: FailureKind) -> String {
    let words = match kind {
        FailureKind::InvalidArguments => "the arguments are wrong",
        FailureKind::NotFound => "the vendor knows no such thing",
        FailureKind::Unauthorized => "the vendor refused the account's credentials",
        FailureKind::NeedsReauth => "a person must connect the account again",
        FailureKind::Forbidden => "the account may not do this",
        FailureKind::Conflict => "the state of things forbids it",
        FailureKind::RateLimited => "the vendor's limit is used up",
        FailureKind::UpstreamError => "the vendor failed or refused",
        FailureKind::UpstreamTimeout => "the vendor did not answer in time",
        FailureKind::UpstreamUnreachable => "the vendor cannot be reached",
        FailureKind::TooLarge => "the answer is too large",
        FailureKind::Unavailable => "nothing could be sent",
    };
    format!("It failed: {words}.")
}

fn facts(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(kind) = outcome.failure {
        facts.push(("Kind", kind.as_str().to_owned()));
    }
    let status =
        outcome.upstream_status.map_or("no answer".to_owned(), |status| status.to_string());
    facts.push(("The vendor answered", status));
    if let Some(time) = outcome.upstream_time {
        facts.push((
            "After",
            format!("{} ms", number(time.as_millis().try_into().unwrap_or(u64::MAX))),
        ));
    }
    if let Some(bytes) = outcome.upstream_bytes {
        facts.push(("Size of the answer", counted(bytes, "byte", "bytes")));
    }
    if let Some(id) = &outcome.request_id {
        facts.push(("Request ID", bound::cut(id, bound::NAME).into_owned()));
    }
    if let Some(rate) = &outcome.rate
        && let Some(left) = rate.remaining
    {
        let of = rate.limit.map(|limit| format!(" of {}", number(limit))).unwrap_or_default();
        facts.push(("Calls left", format!("{}{of}", number(left))));
    }
    facts
}

/// A walk through a result that ends when the page has no more room for it.
struct Tree {
    steps: Vec<Step>,
    nodes: usize,
    room: usize,
    /// How many single values stand beside what holds others, whatever room that takes.
    beside: usize,
    left: usize,
}

impl Tree {
    fn value(&mut self, name: &str, value: &Value, depth: usize) {
        let text = match value {
            Value::String(text) => bound::cut(text, TEXT).into_owned(),
            Value::Array(items) if !items.is_empty() => counted(items.len(), "item", "items"),
            Value::Object(members) if !members.is_empty() => excerpt(members),
            other => other.to_string(),
        };
        let name = bound::cut(name, TEXT).into_owned();
        // What stands beside a long list is told all the same.
        if depth == 1 && self.beside > 0 && !value.is_array() && !value.is_object() {
            self.beside -= 1;
            self.steps.push(Step::Leaf(name, text));
            return;
        }
        let cost = escaped(&name) + escaped(&text) + 60;
        if self.nodes == 0 || self.room < cost {
            self.nodes = 0;
            self.left += 1;
            return;
        }
        self.nodes -= 1;
        self.room -= cost;
        match value {
            Value::Array(items) if !items.is_empty() => {
                self.steps.push(Step::Open(name, text, depth < 2));
                for (index, item) in items.iter().enumerate() {
                    self.value(&index.to_string(), item, depth + 1);
                }
                self.steps.push(Step::Close);
            }
            Value::Object(members) if !members.is_empty() => {
                if depth == 0 {
                    members.iter().for_each(|(name, member)| self.value(name, member, 1));
                    return;
                }
                self.steps.push(Step::Open(name, text, depth < 2));
                for (name, member) in members {
                    self.value(name, member, depth + 1);
                }
                self.steps.push(Step::Close);
            }
            _ => self.steps.push(Step::Leaf(name, text)),
        }
    }
}

/// What an object is, by the first that it holds.
fn excerpt(members: &Map<String, Value>) -> String {
    let single = members.iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some(format!("{name}: {}", bound::cut(text, EXCERPT))),
        Value::Number(_) | Value::Bool(_) => Some(format!("{name}: {value}")),
        _ => None,
    });
    let told = single.take(3).collect::<Vec<_>>().join(" · ");
    if told.is_empty() {
        return counted(members.len(), "member", "members");
    }
    bound::cut_owned(told, EXCERPT)
}

/// As much of a text as takes `most` bytes in a page.
pub(super) fn cut_escaped(text: &str, most: usize) -> &str {
    let mut room = most;
    let fits = |letter: char| {
        let cost = if "<>&\"'".contains(letter) { 5 } else { letter.len_utf8() };
        let left = room.checked_sub(cost);
        room = left.unwrap_or_default();
        left.is_some()
    };
    let mut fits = fits;
    let end = text.char_indices().find(|(_, letter)| !fits(*letter)).map(|(index, _)| index);
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn file(block: &Value) -> Option<File> {
    let text = |name: &str| member(block, name).and_then(Value::as_str);
    let cut = |text: &str| bound::cut(text, bound::NAME).into_owned();
    let address = text("uri").filter(|_| text("type") == Some("resource_link")).map(cut);
    let data = bytes_of(block);
    if address.is_none() && data.is_none() {
        return None;
    }
    let media = text("mimeType").or(text("resource.mimeType")).unwrap_or("of an unknown type");
    Some(File {
        name: cut(text("name").or(text("resource._meta.name")).unwrap_or("the file")),
        media: cut(media),
        size: data
            .map_or_else(|| "elsewhere".to_owned(), |data| counted(data.len(), "byte", "bytes")),
        address,
    })
}

/// The bytes of a file that an answer holds.
fn bytes_of(block: &Value) -> Option<Vec<u8>> {
    let text = member(block, "resource.blob").or_else(|| block.get("data"))?.as_str()?;
    STANDARD.decode(text).ok()
}

/// A text file that a result holds whole.
fn text_file(result: &Value) -> Option<(File, &str)> {
    let told = |name: &str| result.get(name).and_then(Value::as_str);
    let (name, media, text) = (told("name")?, told("content_type")?, told("text")?);
    let whole = result.get("size").and_then(Value::as_u64) == Some(text.len() as u64);
    let cut = |text: &str| bound::cut(text, bound::NAME).into_owned();
    let size = counted(text.len(), "byte", "bytes");
    let file = File { name: cut(name), media: cut(media), size, address: None };
    whole.then_some((file, text))
}

/// Name and bytes of the first file that an outcome holds.
pub(super) fn first_file(outcome: &Outcome) -> Option<(String, Vec<u8>)> {
    let embedded =
        outcome.blocks.iter().find_map(|block| Some((file(&block.0)?.name, bytes_of(&block.0)?)));
    embedded.or_else(|| {
        let result: Value = serde_json::from_str(outcome.json()).ok()?;
        let (file, text) = text_file(&result)?;
        Some((file.name, text.as_bytes().to_vec()))
    })
}

/// The tool that a job is followed by, and the query that fills in its form.
pub(super) fn poll(result: &Value) -> Option<(String, String)> {
    let poll = result.get("poll")?;
    let arguments: &Map<String, Value> = poll.get("arguments")?.as_object()?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in arguments {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        query.append_pair(&format!("arg.{name}"), &text);
    }
    Some((poll.get("tool")?.as_str()?.to_owned(), query.finish()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_ends_where_the_page_has_no_more_room() {
        let walk = |value: &Value| {
            let mut tree =
                Tree { steps: Vec::new(), nodes: NODES, room: TREE, beside: BESIDE, left: 0 };
            tree.value("", value, 0);
            tree
        };
        let small = walk(&json!({"a": {"b": [1, "<x>"]}, "c": []}));
        let open =
            |name: &str, text: &str, open| Step::Open(name.to_owned(), text.to_owned(), open);
        let leaf = |name: &str, text: &str| Step::Leaf(name.to_owned(), text.to_owned());
        assert_eq!(
            small.steps,
            [
                open("a", "1 member", true),
                open("b", "2 items", false),
                leaf("0", "1"),
                leaf("1", "<x>"),
                Step::Close,
                Step::Close,
                leaf("c", "[]"),
            ]
        );
        let row = json!({"rows": [{"id": 7, "tags": [], "name": "x"}, {"deep": {}}]});
        assert!(walk(&row).steps.contains(&open("0", "id: 7 · name: x", false)));
        for large in [json!({"a": vec![1; 50_000]}), json!({"a": vec!["<".repeat(5_000); 5_000]})] {
            let tree = walk(&large);
            let count = large["a"].as_array().unwrap().len();
            let leaves = tree.steps.iter().filter(|step| matches!(step, Step::Leaf(..))).count();
            assert!(leaves > 5 && leaves <= NODES && leaves + tree.left == count, "{leaves}");
        }
    }

    #[tokio::test]
    async fn a_text_file_is_there_to_be_kept_when_it_is_whole() {
        use crate::call::testing::{Reply, Vendor, call, pipeline};
        for (lines, kept) in [(10, true), (10_000, false)] {
            let text = "a;b\n".repeat(lines);
            let sent = Reply::json(200, text.clone())
                .with("content-type", "text/csv")
                .with("content-disposition", "attachment; filename=a.csv");
            let (vendor, pipeline) = (Vendor::always(sent), pipeline(10_000));
            let arguments = json!({"id": "1"});
            let (result, outcome) =
                call(&vendor, &pipeline, "acc", "acme_things_download", arguments).await;
            let wanted = kept.then(|| ("a.csv".to_owned(), text.into_bytes()));
            assert_eq!(first_file(&outcome), wanted);
            assert_eq!(text_file(&result).is_some(), kept);
        }
        assert!(text_file(&json!({"name": "a", "content_type": "b", "text": "c"})).is_none());
    }

    #[test]
    fn raw_text_is_cut_by_what_it_takes_in_a_page() {
        assert_eq!(cut_escaped("a<b", 3), "a");
        assert_eq!(cut_escaped("éa", 2), "é");
        assert_eq!(cut_escaped("abc", 3), "abc");
    }
}
