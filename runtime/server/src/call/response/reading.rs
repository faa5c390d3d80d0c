//! One answer, read with what its request was made from.

use support::{Response, Tool};

use super::content::Content;
use super::job::Poll;
use super::{Rate, failure, file, list, plain};
use crate::call::ResultLimits;
use crate::call::cursor::Key;
use crate::call::outcome::Outcome;
use crate::call::request::fields::Fields;
use crate::call::request::paging::Position;

/// What an answer is read with.
pub(crate) struct Reading {
    pub(crate) tool: &'static Tool,
    pub(crate) position: Option<Position>,
    pub(crate) fields: Option<Fields>,
    pub(crate) search: Option<list::Search>,
    pub(crate) poll: Option<Poll>,
    pub(crate) limits: ResultLimits,
}

impl Reading {
    /// The result that an answer comes to.
    pub(crate) fn outcome(
        &self,
        response: &Response,
        rate: Option<&Rate>,
        cursors: &Key,
    ) -> Outcome {
        let Self { tool, limits, poll, .. } = self;
        let (poll, limit) = (poll.as_ref(), limits.result);
        if let Some(link) = file::moved(tool, response) {
            return link;
        }
        let content = Content::of(response);
        if !response.status.is_success() {
            return failure::refused(tool, response, &content, rate, limit);
        }
        match &content {
            Content::Json(body) => self.rows(body, cursors).unwrap_or_else(|| {
                plain::json(tool, response, body, self.fields.as_ref(), poll, limit)
            }),
            Content::Text(text) => plain::text(response, text, poll, limit),
            Content::Nothing => plain::nothing(response, poll, limit),
            Content::File => file::outcome(tool, response, limits.file),
        }
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
