//! Jobs that go on after the answer: which call tells how they stand.

use std::borrow::Cow;

use http::{Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use support::operation::Segment;
use support::tool::{ArgumentTarget, Job};
use support::{Response, Tool};

use crate::json::member;
use crate::toolset::Toolset;

/// The longest address of a job's status that is read, in bytes.
const LONGEST: usize = 2_000;

/// How a job that a call starts or looks at can be followed.
#[derive(Debug)]
pub(crate) struct Poll {
    /// The job, as the overlay describes it.
    job: Option<Described>,
    /// What only reads is asked once more: by the tool and its arguments.
    again: Option<(&'static str, Map<String, Value>)>,
    /// Reads that a status address may lead to.
    reads: Vec<&'static Tool>,
}

#[derive(Debug)]
struct Described {
    job: Job,
    /// The tool that tells, where this caller may see it.
    by: Option<&'static str>,
    /// Whether the tool starts the job, and does not look at it.
    starts: bool,
    /// The arguments of the call that the telling one may need.
    arguments: Map<String, Value>,
}

impl Poll {
    /// How to follow what `tool` may start. A tool that tells and that this caller may not see is
    /// not mentioned.
    pub(crate) fn of(
        tool: &'static Tool,
        toolset: &Toolset,
        arguments: &Map<String, Value>,
    ) -> Self {
        let again = |asks: bool| {
            toolset.get(tool.name).filter(|_| asks).map(|_| (tool.name, arguments.clone()))
        };
        if let Some(mut job) = tool.job {
            let starts = job.poll != Some(tool.name);
            // The words of the tool that tells are those of the job.
            let told = job.poll.and_then(|poll| toolset.catalogue.tool(poll)?.tool.job);
            job.done_when = job.done_when.or(told.and_then(|told| told.done_when));
            let by = job.poll.filter(|poll| toolset.get(poll).is_some());
            let needed = job.arguments.iter().filter_map(|(name, path)| {
                let found = arguments.get(*path).or_else(|| arguments.get(*name))?;
                Some(((*name).to_owned(), found.clone()))
            });
            let arguments = needed.collect();
            let job = Some(Described { job, by, starts, arguments });
            return Self { job, again: again(!starts), reads: Vec::new() };
        }
        if tool.annotations.read_only {
            let again = again(true);
            return Self { job: None, again, reads: Vec::new() };
        }
        let reads = toolset.tools().iter().map(|served| served.tool).filter(|tool| {
            tool.operation.method == Method::GET && tool.operation.segments.len() > 1
        });
        Self { job: None, again: None, reads: reads.collect() }
    }

    /// Whether an answer of this status can be that of a job: no other body is read for it.
    pub(crate) fn concerns(&self, status: StatusCode) -> bool {
        self.job.is_some() || status == StatusCode::ACCEPTED
    }

    /// What is added to the answer of a tool that starts or looks at a job: `None` when the job is
    /// done.
    pub(crate) fn pending(
        &self,
        response: &Response,
        body: Option<&Value>,
    ) -> Option<Map<String, Value>> {
        let accepted = response.status == StatusCode::ACCEPTED;
        let poll = match &self.job {
            Some(job) if job.is_pending(body, accepted) => {
                job.call(body).or_else(|| self.again.clone())
            }
            None if accepted => {
                let again = self.again.clone();
                again.or_else(|| self.at(response.headers.get(header::LOCATION)?.to_str().ok()?))
            }
            _ => return None,
        };
        let mut added = Map::new();
        added.insert("pending".to_owned(), true.into());
        if let Some((tool, arguments)) = poll {
            added.insert("poll".to_owned(), json!({"tool": tool, "arguments": arguments}));
        }
        Some(added)
    }

    /// The read that an address of a job's status leads to (RFC 9110 section 15.3.3).
    fn at(&self, address: &str) -> Option<(&'static str, Map<String, Value>)> {
        if address.len() > LONGEST {
            return None;
        }
        let below = address.split_once("://").map_or(Some(address), |(_, rest)| {
            rest.split_at_checked(rest.find('/')?).map(|(_, path)| path)
        });
        let path = below?.split(['?', '#']).next()?.trim_end_matches('/');
        let fitting = self.reads.iter().filter_map(|tool| Some((tool, variables(tool, path)?)));
        // Of a fixed path and one with a variable the fixed one is meant.
        let (tool, arguments) = fitting.min_by_key(|(_, arguments)| arguments.len())?;
        Some((tool.name, arguments))
    }
}

impl Described {
    /// Whether the job is not done, as far as the answer says.
    fn is_pending(&self, body: Option<&Value>, accepted: bool) -> bool {
        if let Some(Value::Array(jobs)) = body {
            return accepted || jobs.iter().any(|one| self.is_pending(Some(one), false));
        }
        let said = |words: &[&str], path: &str| {
            let word = word(member(body?, path)?)?;
            Some(words.iter().any(|known| known.eq_ignore_ascii_case(&word)))
        };
        let job = &self.job;
        if let Some((path, words)) = job.done_when {
            return said(words, path).map_or(self.starts || accepted, |done| !done);
        }
        if let Some((path, words)) = job.pending_when {
            return said(words, path).unwrap_or(self.starts) || accepted;
        }
        true
    }

    /// The call that tells how it stands; `None` where it cannot be made.
    fn call(&self, body: Option<&Value>) -> Option<(&'static str, Map<String, Value>)> {
        let of_poll = self.job.arguments.iter().map(|(name, path)| {
            let told = body.and_then(|body| member(body, path));
            let value = told.or_else(|| self.arguments.get(*name))?;
            Some(((*name).to_owned(), value.clone()))
        });
        Some((self.by?, of_poll.collect::<Option<Map<_, _>>>()?))
    }
}

/// A status as a word.
fn word(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.trim().into()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        _ => None,
    }
}

/// The arguments that make the path of `tool` this one; `None` when none do.
fn variables(tool: &Tool, path: &str) -> Option<Map<String, Value>> {
    let mut found = Map::new();
    let mut rest = path;
    for (index, segment) in tool.operation.segments.iter().enumerate() {
        match segment {
            Segment::Literal(text) => rest = rest.strip_prefix(text)?,
            Segment::Parameter(wire) => {
                let next = match tool.operation.segments.get(index + 1) {
                    Some(Segment::Literal(text)) => rest.find(text)?,
                    _ => rest.len(),
                };
                let (value, after) = rest.split_at_checked(next)?;
                let value = percent_decode_str(value).decode_utf8().ok()?;
                if value.is_empty() || value.contains('/') {
                    return None;
                }
                let argument = tool.arguments.iter().find(
                    |argument| matches!(argument.target, ArgumentTarget::Path(known) if known == *wire),
                )?;
                found.insert(argument.name.to_owned(), value.into());
                rest = after;
            }
        }
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;
    use crate::call::testing::everything;

    const WORDS: &[&str] = &["done", "failed"];

    fn job(poll: &'static str) -> Job {
        Job {
            poll: Some(poll),
            arguments: &[("id", "id")],
            pending_when: None,
            done_when: Some(("status", WORDS)),
        }
    }

    fn tool(name: &str) -> &'static Tool {
        everything().get(name).unwrap().tool
    }

    /// A row of its own with a job.
    fn with_job(name: &str, job: Job) -> &'static Tool {
        let of = tool(name);
        Box::leak(Box::new(Tool {
            job: Some(job),
            ..Tool::plain(of.name, of.schemas, of.operation, of.request)
        }))
    }

    fn answered(status: u16, location: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(address) = location {
            headers.insert(header::LOCATION, address.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        Response { status, headers, body: Bytes::new() }
    }

    fn of(tool: &'static Tool, arguments: &Value) -> Poll {
        Poll::of(tool, everything(), arguments.as_object().unwrap())
    }

    const GET: &str = "get_single_acme_thing_by_id";

    #[test]
    fn an_unknown_status_is_pending_and_a_final_one_is_not() {
        let looks = of(with_job(GET, job(GET)), &json!({"id": "7"}));
        let starts = of(with_job("delete_a_acme_thing_by_id", job(GET)), &json!({"id": "7"}));
        let poll = json!({"tool": GET, "arguments": {"id": "7"}});
        for (status, pending) in [
            (json!("queued"), true),
            (json!("a word of next year"), true),
            (json!("DONE"), false),
            (json!(" failed "), false),
            (json!(3), true),
        ] {
            for of in [&looks, &starts] {
                let added = of.pending(&answered(200, None), Some(&json!({"status": status})));
                let wanted = json!({"pending": true, "poll": poll});
                assert_eq!(added.map(Value::Object), pending.then_some(wanted), "{status}");
            }
        }
        let silent = json!({"other": 1});
        assert!(starts.pending(&answered(200, None), Some(&silent)).is_some());
        assert!(looks.pending(&answered(200, None), Some(&silent)).is_none());
        assert!(looks.pending(&answered(202, None), Some(&silent)).is_some());
        let several = json!([{"status": "done"}, {"status": "queued"}]);
        assert!(looks.pending(&answered(200, None), Some(&several)).is_some());
        let done = json!([{"status": "done"}, {"status": "failed"}]);
        assert!(looks.pending(&answered(200, None), Some(&done)).is_none());
    }

    #[test]
    fn whatever_is_accepted_is_pending_and_polled_where_its_address_leads() {
        let write = tool("delete_a_acme_thing_by_id");
        let found = |location| {
            let poll = of(write, &json!({"id": "7"}));
            assert!(poll.concerns(StatusCode::ACCEPTED) && !poll.concerns(StatusCode::OK));
            let added = poll.pending(&answered(202, location), None).unwrap();
            assert_eq!(added["pending"], true);
            added.get("poll").cloned()
        };
        let poll = json!({"tool": GET, "arguments": {"id": "a b"}});
        for address in ["/things/a%20b", "https://acme.example/things/a%20b?x=1", "/things/a%20b/"]
        {
            assert_eq!(found(Some(address)), Some(poll.clone()), "{address}");
        }
        for address in [
            None,
            Some("/"),
            Some("/others/1"),
            Some("things/1"),
            Some("/things/a%2Fb"),
            Some("https://x"),
        ] {
            assert_eq!(found(address), None, "{address:?}");
        }
        let read = of(tool(GET), &json!({"id": "7"}));
        let added = read.pending(&answered(202, None), None).unwrap();
        assert_eq!(added["poll"], json!({"tool": GET, "arguments": {"id": "7"}}));
        assert_eq!(read.pending(&answered(200, None), None), None);
    }
}
