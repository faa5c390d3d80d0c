//! Logs as CSV (RFC 4180) and as JSON Lines: streamed page by page, so that a long one costs no
//! memory.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;

use super::input::Paging;
use super::problem::Problem;
use super::wire::List;
use crate::provision::{Page, ProvisionError};
use crate::store::PageKey;

/// How a log is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One page of a list.
    Json,
    /// A table, to its end.
    Csv,
    /// A JSON object a line, to the log's end.
    Jsonl,
}

impl Format {
    /// The words for them.
    pub const WORDS: [&str; 3] = ["json", "csv", "jsonl"];

    /// The format of this word.
    #[must_use]
    pub fn of(word: Option<&str>) -> Self {
        match word {
            Some("csv") => Self::Csv,
            Some("jsonl") => Self::Jsonl,
            _ => Self::Json,
        }
    }
}

/// What is a row of a table.
pub(crate) trait Record: Serialize {
    /// The log's name, and that of the file.
    const LOG: &'static str;
    /// The columns.
    const COLUMNS: &'static [&'static str];

    /// A cell for each column.
    fn cells(&self) -> Vec<String>;
}

/// How many rows of an export are at hand at a time.
const ROWS: usize = 250;

/// Answers with the rows that `read` gives from a place on: one page, or all of them.
pub(super) async fn answer<D, T, F>(
    format: Format,
    paging: Paging,
    read: impl Fn(Option<PageKey>, usize) -> F + Send + 'static,
    wire: fn(D) -> T,
) -> Result<Response, Problem>
where
    D: Send + 'static,
    T: Record + 'static,
    F: Future<Output = Result<Page<D>, ProvisionError>> + Send + 'static,
{
    if format == Format::Json {
        let page = read(paging.after, paging.limit).await?;
        return Ok(List::of(page, wire).into_response());
    }
    // A limit that was given counts for the whole.
    let most = paging.given.unwrap_or(usize::MAX);
    let first = read(paging.after, most.min(ROWS)).await?;
    let head = if format == Format::Csv { line(T::COLUMNS.iter().copied()) } else { String::new() };
    let left = most.saturating_sub(first.items.len());
    let rest = stream::try_unfold(Some((head, first, left, read)), move |state| async move {
        let Some((mut text, page, left, read)) = state else { return Ok(None) };
        for item in page.items {
            append(&mut text, format, &wire(item));
        }
        let next = match page.next {
            Some(place) if left > 0 => match read(Some(place), left.min(ROWS)).await {
                Ok(page) => {
                    let left = left.saturating_sub(page.items.len());
                    Some((String::new(), page, left, read))
                }
                Err(error) => {
                    // The connection breaks, so that nobody takes a part for the whole.
                    tracing::warn!(%error, log = T::LOG, "an export broke off");
                    return Err(error);
                }
            },
            _ => None,
        };
        Ok(Some((Bytes::from(text), next)))
    });
    let (media_type, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Json | Format::Jsonl => ("application/jsonl", "jsonl"),
    };
    let file = format!("attachment; filename=\"{}.{ending}\"", T::LOG);
    let headers = [(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, file)];
    Ok((headers, Body::from_stream(rest)).into_response())
}

fn append(text: &mut String, format: Format, record: &impl Record) {
    if format == Format::Csv {
        text.push_str(&line(record.cells().iter().map(String::as_str)));
    } else if let Ok(json) = serde_json::to_string(record) {
        let _ = writeln!(text, "{json}"); // writing to a String cannot fail
    }
}

/// One line of a table.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell. One that a spreadsheet would run as a formula is made a text by an apostrophe in front.
fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if runs { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_run_nothing() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
        assert_eq!(line(["a", "=b"].into_iter()), "a,'=b\r\n");
    }
}
