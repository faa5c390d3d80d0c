//! One answer, read with what its request was made from.

use std::sync::Arc;

use support::{Response, Tool, headers};

use super::chosen::Unknown;
use super::content::Content;
use super::envelope::Envelope;
use super::job::Poll;
use super::{Rate, failure, file, link, list, plain, sound, text};
use crate::call::ResultLimits;
use crate::call::cursor::Key;
use crate::call::outcome::{Block, Outcome};
use crate::call::request::fields::Fields;
use crate::call::request::paging::Position;
use crate::call::request::range::Range;
use crate::tools::ServedTool;

/// What an answer is read with.
pub(crate) struct Reading {
    pub(crate) served: Arc<ServedTool>,
    pub(crate) position: Option<Position>,
    /// Where a long text is gone on in; `None` when the tool reads no files.
    pub(crate) range: Option<Range>,
    pub(crate) fields: Option<Fields>,
    pub(crate) search: Option<list::Search>,
    pub(crate) poll: Poll,
    /// The origin of the account, where links into the vendor's own pages lead.
    pub(crate) origin: Option<String>,
    pub(crate) limits: ResultLimits,
}

/// What an answer says where the document has a list and it holds none.
const NO_LIST: &str = "The answer is not the list that the API's document describes; it stands here as it came, whatever `fields` or `limit` asked for.";

impl Reading {
    /// The tool that was called.
    pub(crate) fn tool(&self) -> &'static Tool {
        self.served.tool
    }

    /// The names that were asked for and that an answer neither has nor is known to have.
    pub(crate) fn unknown_names(&self, response: &Response) -> Option<Unknown> {
        let fields = self.fields.as_ref().filter(|_| response.status.is_success())?;
        let content = Content::of(response);
        let body = content.json()?;
        let rows = match &self.position {
            Some(position) => Envelope::of(body, &position.pagination).rows()?,
            None => vec![body],
        };
        Unknown::of(fields, self.served.answer(), self.tool().wrapper, &rows)
    }

    /// The result that a legible answer comes to: JSON that no reader refuses. `listings` are the tools
    /// that list what the call's path chose from.
    pub(crate) fn outcome(
        &self,
        response: &Response,
        rate: Option<&Rate>,
        cursors: &Key,
        listings: &[&str],
    ) -> Outcome {
        let outcome = self.result(response, rate, cursors, listings);
        let limit = self.limits.result;
        let mut outcome = match sound::mended(outcome.json()) {
            None => outcome,
            Some(json) if outcome.failure.is_none() && json.len() > limit => {
                failure::too_large_text(json.len(), limit)
            }
            Some(json) => outcome.with_json(json),
        };
        if let Some(block) = link::block(self.tool(), self.origin.as_deref(), response, &outcome) {
            outcome.blocks.push(block);
        }
        outcome
    }

    fn result(
        &self,
        response: &Response,
        rate: Option<&Rate>,
        cursors: &Key,
        listings: &[&str],
    ) -> Outcome {
        let Self { limits, poll, .. } = self;
        let poll = Some(poll).filter(|poll| poll.concerns(response.status));
        let (tool, limit) = (self.tool(), limits.result);
        if let Some(link) = file::moved(tool, response) {
            return link;
        }
        let content = Content::of(response);
        if !response.status.is_success() {
            return failure::refused(tool, response, &content, rate, limit, listings);
        }
        let view = text::View { tool, range: self.range.as_ref(), poll, limits: *limits };
        match &content {
            Content::Json(body) if self.is_file(response, body.get()) => {
                text::outcome(response, body.get(), &view, cursors)
            }
            Content::Json(body) => match (self.rows(body, cursors), &self.position) {
                (Some(rows), _) => plain::followed(response, rows, poll),
                (None, None) => {
                    plain::json(tool, response, body, self.fields.as_ref(), poll, limit)
                }
                (None, Some(_)) => {
                    let mut outcome = plain::json(tool, response, body, None, poll, limit);
                    outcome.blocks.push(Block::text(NO_LIST));
                    outcome
                }
            },
            Content::Text(text) => text::outcome(response, text, &view, cursors),
            // A file that holds nothing is a file.
            Content::Nothing if self.is_file(response, "") => {
                let text = std::str::from_utf8(&response.body).unwrap_or_default();
                text::outcome(response, text, &view, cursors)
            }
            Content::Nothing => plain::nothing(response, poll, limit),
            Content::File => file::outcome(tool, response, limits.file),
        }
    }

    /// Whether JSON, or nothing, is a file to be read, and not what the API says: it comes as one, or
    /// is too long to be read otherwise.
    fn is_file(&self, response: &Response, json: &str) -> bool {
        self.fields.is_none()
            && self.range.as_ref().is_some_and(|range| {
                range.start() > 0
                    || json.len() > self.limits.result
                    || headers::file_name(&response.headers).is_some()
            })
    }

    /// The rows of a list; `None` when the answer is none.
    fn rows(&self, body: &serde_json::value::RawValue, cursors: &Key) -> Option<Outcome> {
        let view = list::View {
            position: self.position.as_ref()?,
            fields: self.fields.as_ref(),
            search: self.search.as_ref(),
        };
        list::outcome(body, &view, cursors, self.limits.result)
    }
}
