//! What a tool says of itself.

use crate::ir::Operation;

use super::super::doc;

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 600;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 80;
/// The longest detail, in characters.
const LONGEST_DETAIL: usize = 4000;

/// How listed schemas write shapes and lists: appended to every API's instructions.
pub(in super::super) const NOTATION: &str = "{a,b?:int,c=x}[] lists objects; ? optional, = fixed, * any key. \
     Return next_cursor unchanged. fields: comma-separated dotted names.";

/// A few words for people.
pub(in super::super) fn title(operation: &Operation) -> String {
    let title = doc::cut(&doc::plain(&operation.title), LONGEST_TITLE);
    if !title.is_empty() {
        return title.trim_end_matches('.').to_owned();
    }
    let words = operation.id.replace(['_', '-', '.', '/'], " ");
    if words.trim().is_empty() { operation.path.clone() } else { words }
}

/// What a model chooses by: the description's first paragraph, cut at a sentence when it is long.
pub(in super::super) fn description(operation: &Operation) -> String {
    let text = doc::cut(&doc::plain(&operation.doc), LONGEST_DESCRIPTION);
    if text.is_empty() { title(operation) } else { text }
}

/// Further paragraphs.
pub(in super::super) fn detail(operation: &Operation) -> String {
    let paragraphs =
        operation.detail.split("\n\n").map(doc::plain).filter(|paragraph| !paragraph.is_empty());
    doc::cut(&paragraphs.collect::<Vec<_>>().join("\n\n"), LONGEST_DETAIL)
}
