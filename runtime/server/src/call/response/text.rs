//! Text: what is no JSON, and files that can be read, which are told by name and type. What is too
//! long for one result comes page by page, cut at the ends of lines where there are any.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use support::{Response, Tool, headers};

use super::failure;
use super::job::Poll;
use crate::bound;
use crate::call::ResultLimits;
use crate::call::cursor::Key;
use crate::call::outcome::Outcome;
use crate::call::request::range::Range;

/// Room for what stands around a text: cursor, counts and sentences.
const FRAME: usize = 512;
/// The least room that a text has, in bytes: each page goes on.
const LEAST: usize = 64;

/// What a text was asked for with.
pub(super) struct View<'a> {
    pub(super) tool: &'static Tool,
    /// Where it is gone on in; `None` when the tool reads no files.
    pub(super) range: Option<&'a Range>,
    pub(super) poll: Option<&'a Poll>,
    pub(super) limits: ResultLimits,
}

/// The text of an answer, or as much of it as one result holds.
pub(super) fn outcome(response: &Response, text: &str, view: &View<'_>, key: &Key) -> Outcome {
    let View { tool, range, poll, limits } = *view;
    if text.len() > limits.file {
        return failure::too_large_text(text.len(), limits.file);
    }
    let mut told = facts(response, tool, text);
    let start = boundary(text, range.map_or(0, Range::start));
    let pending = poll.and_then(|poll| poll.pending(response, None)).unwrap_or_default();
    let around = [&told, &pending].map(|members| Value::from(members.clone()).to_string().len());
    let room = limits.result.saturating_sub(FRAME + around.iter().sum::<usize>());
    let page = page(text.get(start..).unwrap_or_default(), room.max(LEAST));
    let end = start + page.len();
    told.insert("text".to_owned(), page.into());
    if page.len() < text.len() {
        let mut digest = Sha256::new_with_prefix(text.get(..start).unwrap_or_default());
        let before = mark(&digest);
        digest.update(page);
        let next =
            range.filter(|_| end < text.len()).map(|range| range.next(end, mark(&digest), key));
        let first_line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
        let mut truncated = json!({"shown": page.len(), "from": start, "first_line": first_line, "received": text.len()});
        if end < text.len() {
            truncated["reason"] = match next {
                Some(_) => "the text is too long for one result: next_cursor continues",
                None => {
                    "the text is too long for one result, and this tool shows its beginning only"
                }
            }
            .into();
        }
        if range.is_some_and(|range| !range.follows(before)) {
            truncated["changed"] = "the text is not the one that the page before was of: lines may be missing or come twice; call without next_cursor to begin again".into();
        }
        if range.is_some() {
            told.insert("next_cursor".to_owned(), next.into());
        }
        told.insert("truncated".to_owned(), truncated);
    }
    told.extend(pending);
    Outcome::success(Value::from(told).to_string())
}

/// Media type and, of a file, name and size.
fn facts(response: &Response, tool: &Tool, text: &str) -> Map<String, Value> {
    let mut told = Map::new();
    let fallback = tool.reads_files.then(|| tool.name.to_owned());
    let name = headers::file_name(&response.headers).or(fallback);
    let media = match response.media_type() {
        media if media.is_empty() => "text/plain".to_owned(),
        media => bound::cut_owned(media, bound::NAME),
    };
    let size = name.as_ref().map(|_| text.len());
    told.extend(name.map(|name| ("name".to_owned(), name.into())));
    told.insert("content_type".to_owned(), media.into());
    told.extend(size.map(|size| ("size".to_owned(), size.into())));
    told
}

/// As much of `text` as takes `room` bytes when it is written as JSON: whole lines, or one letter at
/// the least.
fn page(text: &str, room: usize) -> &str {
    let (mut size, mut line) = (0, 0);
    for (index, letter) in text.char_indices() {
        size += bound::written_letter(letter);
        if size > room {
            let end = if line > 0 { line } else { index.max(letter.len_utf8()) };
            return text.get(..end).unwrap_or(text);
        }
        if letter == '\n' {
            line = index + 1;
        }
    }
    text
}

/// The nearest place before `at` where a letter begins.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// What tells what was hashed from other beginnings.
fn mark(digest: &Sha256) -> u64 {
    let hash: [u8; 32] = digest.clone().finalize().into();
    hash.first_chunk().copied().map(u64::from_be_bytes).unwrap_or_default()
}
