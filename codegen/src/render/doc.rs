//! Doc comments from a document's prose: plain text that rustdoc cannot misread.
//!
//! Links, HTML, headings and fences become text; what Markdown or rustdoc would interpret is
//! escaped; characters that hide or reorder text are dropped.
//!
//! Read by hand, not by `pulldown-cmark`: descriptions are as often plain text as Markdown, and a
//! parser takes `__init__`, indented prose and `[id]: …` for markup and drops their marks.
//! `pulldown-cmark-to-cmark`, which would write them back, refuses some input, wraps no lines and
//! spells `&` as `&amp;`. What is written here is held in the tests by the parser of rustdoc.

use crate::ir::{Api, Operation};

/// The widest doc comment, marker and indentation included.
const WIDTH: usize = 110;

/// As much of a text as is read for a line of prose, in bytes: many tools may share what one schema
/// says.
const LONGEST: usize = 16 * 1024;

/// The longest name of an API that is shown, in characters.
const LONGEST_TITLE: usize = 120;

/// `text` as doc comment lines (`/// …`), each indented by `indent` spaces; nothing for blank text.
pub(super) fn comment(text: &str, indent: usize) -> String {
    lines(text, "///", indent)
}

/// `text` as the lines of an inner doc comment (`//! …`).
pub(super) fn inner(text: &str) -> String {
    lines(text, "//!", 0)
}

/// The first paragraph of `text`, cut at a sentence when it is longer than `limit` characters.
pub(super) fn brief(text: &str, limit: usize) -> String {
    let text = clean(beginning(text));
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default();
    cut(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "), limit)
}

/// The API's name in one short line.
pub(super) fn title(api: &Api) -> String {
    brief(&api.title, LONGEST_TITLE)
}

/// Method and path of an operation that no prose describes.
pub(super) fn request_line(operation: &Operation) -> String {
    format!("{}.", code(&format!("{} {}", operation.method, operation.path)))
}

/// `text` as code within prose.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// The first sentence of `text`, at most `limit` characters.
pub(super) fn sentence(text: &str, limit: usize) -> String {
    let paragraph = brief(text, usize::MAX);
    let end = sentence_ends(&paragraph).next().unwrap_or(paragraph.len());
    cut(paragraph[..end].trim_end(), limit)
}

/// `text`, cut after the last sentence that ends within `limit` characters, else at a word.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let end = text.char_indices().nth(limit).map_or(text.len(), |(index, _)| index);
    if let Some(sentence) = sentence_ends(text).take_while(|at| *at <= end).last() {
        return text[..sentence].trim_end().to_owned();
    }
    let end =
        text.char_indices().nth(limit.saturating_sub(1)).map_or(text.len(), |(index, _)| index);
    let word = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    format!("{}…", text[..word].trim_end_matches(|c: char| !c.is_alphanumeric()))
}

/// Where sentences end: after `.`, `!` or `?` before white space, unless what follows goes on in
/// lower case.
fn sentence_ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().filter_map(move |(index, c)| {
        let after = &text[index + c.len_utf8()..];
        let next = after.trim_start().chars().next();
        let ends = matches!(c, '.' | '!' | '?')
            && (after.is_empty() || after.starts_with(char::is_whitespace))
            && !next.is_some_and(char::is_lowercase)
            && !["e.g.", "i.e.", "etc.", "vs."]
                .iter()
                .any(|short| text[..=index].ends_with(short) && next.is_some());
        ends.then_some(index + c.len_utf8())
    })
}

/// `text` as one line of prose: no HTML, no fences, no line breaks.
pub(super) fn plain(text: &str) -> String {
    strip_html(&clean(beginning(text)))
        .split_whitespace()
        .filter(|word| !word.starts_with("```"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The beginning of a text, as far as it is read at all.
fn beginning(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default();
    &text[..end]
}

/// `text` without control, zero-width and bidirectional characters, with Unix line ends.
pub(super) fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .map(
            |c| {
                if c == '\t' || c == '\u{a0}' || c == '\u{2028}' || c == '\u{2029}' {
                    ' '
                } else {
                    c
                }
            },
        )
        .filter(|c| *c == '\n' || !(c.is_control() || invisible(*c)))
        .collect()
}

fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn lines(text: &str, marker: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let width = WIDTH.saturating_sub(indent + marker.len() + 1).max(40);
    let mut out = String::new();
    for line in markdown(&clean(text), width) {
        out.push_str(&pad);
        out.push_str(marker);
        if !line.is_empty() {
            out.push(' ');
            out.push_str(&line);
        }
        out.push('\n');
    }
    out
}

enum Block {
    Paragraph(String),
    Item(String),
    Fence(Vec<String>),
}

/// Safe Markdown lines, wrapped at `width`.
fn markdown(text: &str, width: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut after_item = false;
    for block in blocks(text) {
        let is_item = matches!(block, Block::Item(_));
        let joins = is_item && after_item;
        if !out.is_empty() && !joins {
            out.push(String::new());
        }
        match block {
            Block::Paragraph(text) => wrap(&mut out, &escape(&text), width, "", ""),
            Block::Item(text) => wrap(&mut out, &escape(&text), width, "- ", "  "),
            Block::Fence(body) => {
                out.push("```text".to_owned());
                out.extend(body);
                out.push("```".to_owned());
            }
        }
        after_item = is_item;
    }
    out
}

fn blocks(text: &str) -> Vec<Block> {
    let text = strip_html(text);
    let mut out = Vec::new();
    let mut open: Option<Block> = None;
    let mut fence: Option<Vec<String>> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            if let Some(body) = fence.take() {
                out.extend((!body.is_empty()).then_some(Block::Fence(body)));
            } else {
                out.extend(open.take());
                fence = Some(Vec::new());
            }
            continue;
        }
        if let Some(body) = &mut fence {
            body.push(line.trim_end().to_owned());
            continue;
        }
        if trimmed.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '+' | '|' | ':' | ' ')) {
            out.extend(open.take());
        } else if let Some(item) = list_item(trimmed) {
            out.extend(open.take());
            open = Some(Block::Item(item.to_owned()));
        } else if trimmed.starts_with('|') || trimmed.starts_with('#') {
            out.extend(open.take());
            let plain = trimmed.trim_matches(['|', '#', ' ']);
            out.extend((!plain.is_empty()).then(|| Block::Paragraph(plain.to_owned())));
        } else {
            let plain = trimmed.trim_start_matches(['>', ' ']);
            match &mut open {
                Some(Block::Paragraph(text) | Block::Item(text)) => {
                    text.push(' ');
                    text.push_str(plain);
                }
                _ => open = Some(Block::Paragraph(plain.to_owned())),
            }
        }
    }
    out.extend(fence.filter(|body| !body.is_empty()).map(Block::Fence));
    out.extend(open);
    out
}

fn list_item(line: &str) -> Option<&str> {
    for marker in ["- ", "* ", "+ ", "• "] {
        if let Some(rest) = line.strip_prefix(marker) {
            return Some(rest.trim_start()).filter(|rest| !rest.is_empty());
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..)?;
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    (digits > 0 && digits < 4 && !rest.trim().is_empty()).then(|| rest.trim_start())
}

/// Replaces tags of HTML as it occurs in descriptions by line breaks or nothing.
fn strip_html(text: &str) -> String {
    const BREAKS: [&str; 12] =
        ["p", "br", "li", "ul", "ol", "div", "tr", "h1", "h2", "h3", "h4", "table"];
    const INLINE: [&str; 22] = [
        "b", "i", "em", "strong", "a", "span", "code", "pre", "u", "s", "small", "sub", "sup",
        "td", "th", "tbody", "thead", "img", "font", "hr", "details", "summary",
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let name: String = rest[1..]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        let end = rest.find('>').filter(|end| *end < 400);
        match end {
            Some(end) if BREAKS.contains(&name.as_str()) => {
                out.push_str(if name == "li" && !rest.starts_with("</") { "\n- " } else { "\n" });
                rest = &rest[end + 1..];
            }
            Some(end) if INLINE.contains(&name.as_str()) => rest = &rest[end + 1..],
            _ => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Escapes what Markdown and rustdoc interpret; code spans stay, links become text, addresses are
/// bracketed.
fn escape(text: &str) -> String {
    let text = text.replace("*/", "* /").replace("/*", "/ *");
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if c == '`' {
            let ticks = rest.chars().take_while(|c| *c == '`').count();
            let inner = &rest[ticks..];
            if ticks == 1
                && let Some(end) = inner.find('`')
                && end > 0
            {
                out.push_str(&rest[..end + 2]);
                rest = &inner[end + 1..];
            } else {
                out.push_str(&"\\`".repeat(ticks));
                rest = inner;
            }
            continue;
        }
        if rest.starts_with("http://") || rest.starts_with("https://") {
            let end = rest
                .find(|c: char| c.is_whitespace() || "<>\"'`()[]{}|\\^*".contains(c))
                .unwrap_or(rest.len());
            let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
            if address.ends_with("//") {
                out.push_str(&address.replace("//", "/ /"));
            } else {
                out.push('<');
                out.push_str(address);
                out.push('>');
            }
            rest = &rest[address.len()..];
            continue;
        }
        if matches!(c, '[' | ']' | '<' | '>' | '\\' | '*' | '_' | '$' | '~' | '|' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    tidy_underscores(&out)
}

/// An underscore between word characters needs no escape.
fn tidy_underscores(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (index, c) in chars.iter().enumerate() {
        let word = |at: Option<usize>| {
            at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric())
        };
        let lone = |mark: char| *c == '\\' && chars.get(index + 1) == Some(&mark);
        let inside = lone('_') && word(index.checked_sub(1)) && word(Some(index + 2));
        let free = ['$', '#', '&', '|'].into_iter().any(lone) && index > 0;
        if !(inside || free) {
            out.push(*c);
        }
    }
    out
}

fn wrap(out: &mut Vec<String>, text: &str, width: usize, first: &str, next: &str) {
    let mut line = first.to_owned();
    let mut empty = true;
    let mut in_code = false;
    for word in text.split_whitespace() {
        let fits = line.chars().count() + 1 + word.chars().count() <= width;
        if !empty && !fits && !in_code && !starts_block(word) {
            out.push(std::mem::replace(&mut line, next.to_owned()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        if empty && starts_block(word) {
            line.push('\\');
        }
        line.push_str(word);
        empty = false;
        let marks = word.matches('`').count() - word.matches("\\`").count();
        in_code ^= marks % 2 == 1;
    }
    if !empty {
        out.push(line);
    }
}

/// Whether Markdown would take `word` at the start of a line for a list, heading, quote or rule.
fn starts_block(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    matches!(word.as_bytes().first(), Some(b'#' | b'>' | b'=' | b'|' | b':'))
        || matches!(word, "-" | "+" | "*")
        || word.starts_with("--")
        || (digits > 0 && matches!(&word[digits..], "." | ")"))
}

#[cfg(test)]
mod tests;
