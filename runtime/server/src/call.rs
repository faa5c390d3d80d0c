//! One tool call: arguments are checked, lowered to one request, and the answer becomes a result.
//!
//! Shared by MCP and the admin API. One call sends one upstream request, never more.

pub mod check;
mod coerce;
pub mod cursor;
mod date;
mod failure;
mod fields;
mod file;
#[cfg(test)]
mod foreign_text;
pub(crate) mod form;
mod job;
mod list;
mod outcome;
mod paging;
mod rate;
pub(crate) mod schema_notation;
pub mod tenant;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod upload;
mod violation;

use std::sync::Arc;

use serde_json::{Map, Value};
use support::{Request, Response, Tool, Transport};
use tokio_util::sync::CancellationToken;
use upstream::Upstream;

pub use self::failure::FailureKind;
pub use self::outcome::{Block, Outcome};
use self::paging::Paging;
pub use self::rate::Rate;
pub use self::violation::{Violation, Violations};
use crate::call_log::{Effect, OpenCall, Recorder};
use crate::catalogue::ServedTool;
use crate::clock::Clock;
use crate::toolset::Toolset;
use crate::work;

/// On whose behalf a call is made.
#[derive(Clone, Copy)]
pub struct CallContext<'a> {
    /// The integrated account's id; cursors are bound to it.
    pub account: &'a str,
    /// Carries requests to that account's API.
    pub transport: &'a dyn Transport,
    /// The tools that exist for this caller.
    pub toolset: &'a Toolset,
    /// Where the call is noted.
    pub recorder: Recorder<'a>,
}

/// Sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub struct ResultLimits {
    /// The JSON of one result.
    pub result: usize,
    /// A file in a result, before base64.
    pub file: usize,
    /// An upstream answer that is read at all.
    pub answer: u64,
}

impl ResultLimits {
    /// These limits where the JSON of one result may have that many bytes.
    #[must_use]
    pub const fn of(result: usize) -> Self {
        Self { result, file: 8 << 20, answer: 64 << 20 }
    }
}

/// What all calls share.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Signs cursors.
    pub cursors: cursor::Key,
    /// Bounds results.
    pub limits: ResultLimits,
    /// Tells the time.
    pub clock: Clock,
    /// Knows what only the tenants know.
    pub tenant: tenant::TenantMetadata,
    /// Fetches files that are given by address; `None`: they must be given by content.
    pub outbound: Option<Upstream>,
    /// Ends when calls that only read are not waited for any longer.
    pub reads_end: CancellationToken,
}

/// No such tool, or none that this caller may see: the two are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown tool")]
pub struct UnknownTool;

impl Pipeline {
    /// A pipeline that knows nothing of any tenant yet.
    #[must_use]
    pub fn new(cursors: cursor::Key, limits: ResultLimits, clock: Clock) -> Self {
        Self {
            cursors,
            limits,
            clock,
            tenant: tenant::TenantMetadata::default(),
            outbound: None,
            reads_end: CancellationToken::new(),
        }
    }

    /// Calls the tool `name`.
    ///
    /// # Errors
    /// [`UnknownTool`] only: whatever else goes wrong is an [`Outcome`].
    pub async fn call(
        &self,
        context: &CallContext<'_>,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Outcome, UnknownTool> {
        let served = context.toolset.get(name).ok_or(UnknownTool)?;
        let effect = Effect::of(served.tool);
        let mut noted =
            match context.recorder.begin(served.tool.name, effect, self.clock.now()).await {
                Ok(noted) => noted,
                Err(unlogged) => return Ok(failure::unavailable(unlogged.to_string())),
            };
        let perform = self.perform(context, served, arguments, &mut noted);
        let outcome = match effect {
            Effect::Write => perform.await,
            Effect::Read => tokio::select! {
                biased;
                outcome = perform => outcome,
                () = self.reads_end.cancelled() => failure::unavailable("the server is being shut down".to_owned()),
            },
        };
        noted.settle(outcome.failure, outcome.upstream_status);
        Ok(outcome)
    }

    /// Refuses a call of the tool `name` whose arguments were not read, and notes that; `None`:
    /// there is no such tool.
    pub(crate) async fn refuse(
        &self,
        context: &CallContext<'_>,
        name: &str,
        violations: &Violations,
    ) -> Option<Outcome> {
        let tool = context.toolset.get(name)?.tool;
        let outcome = Outcome::invalid_arguments(violations);
        if let Ok(noted) =
            context.recorder.begin(tool.name, Effect::of(tool), self.clock.now()).await
        {
            noted.settle(outcome.failure, None);
        }
        Some(outcome)
    }

    async fn perform(
        &self,
        context: &CallContext<'_>,
        served: &Arc<ServedTool>,
        arguments: Map<String, Value>,
        noted: &mut OpenCall,
    ) -> Outcome {
        let tool = served.tool;
        let operation = context.toolset.catalogue.tool(tool.name).unwrap_or(served);
        let size = work::weight(&arguments);
        let checking = {
            let (served, operation) = (Arc::clone(served), Arc::clone(operation));
            move || Checked::of(&served, &operation, arguments, size)
        };
        let Checked { mut arguments, own, mut violations } = work::over(size, checking).await;
        let Some(own) = own else { return Outcome::invalid_arguments(&violations) };
        let tenant_decides =
            served.launch().is_none() && (tool.launch_form || tool.live_fields.is_some());
        if tenant_decides {
            self.tenant.check(context, tool, &mut arguments, &mut violations).await;
        }
        if let (true, Some(outbound)) =
            (violations.is_empty() && upload::by_address(&arguments), &self.outbound)
        {
            upload::fetch(
                outbound,
                operation.checker().full(),
                &mut arguments,
                self.limits.file as u64,
                &mut violations,
            )
            .await;
        }
        if !violations.is_empty() {
            return Outcome::invalid_arguments(&violations);
        }
        let kept =
            if tenant_decides || tool.job.is_some() { arguments.clone() } else { Map::new() };
        let size = work::weight(&arguments);
        let prepared = if size <= work::LITTLE {
            prepare(&self.cursors, context.account, tool, own, arguments)
        } else {
            let (cursors, account) = (self.cursors.clone(), context.account.to_owned());
            work::over(size, move || prepare(&cursors, &account, tool, own, arguments)).await
        };
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(violations) => return Outcome::invalid_arguments(&violations.into()),
        };
        if let Err(unlogged) = noted.commit().await {
            return failure::unavailable(unlogged.to_string());
        }
        let outcome = self.exchange(context, tool, prepared, &kept).await;
        if tool.launch_form && outcome.failure == Some(FailureKind::InvalidArguments) {
            self.tenant.forget(context, &kept).await;
        }
        outcome
    }

    async fn exchange(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        prepared: Prepared,
        arguments: &Map<String, Value>,
    ) -> Outcome {
        let Prepared { request, position, fields, search } = prepared;
        let answer = match context.transport.send(request).await {
            Ok(streaming) => streaming.collect(self.limits.answer).await,
            Err(error) => Err(error),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => return failure::unanswered(&error),
        };
        let rate = Rate::read(&response.headers, tool, response.status, self.clock.now());
        let (status, id) = (response.status, failure::request_id(&response.headers));
        let reading = Reading {
            tool,
            position,
            fields,
            search,
            poll: job::teller(tool, context.toolset),
            limits: self.limits,
        };
        let mut outcome = if response.body.len() <= work::LITTLE {
            reading.outcome(&response, rate.as_ref(), arguments, &self.cursors)
        } else {
            let (rate, arguments, cursors) =
                (rate.clone(), arguments.clone(), self.cursors.clone());
            work::over(response.body.len(), move || {
                reading.outcome(&response, rate.as_ref(), &arguments, &cursors)
            })
            .await
        };
        outcome.upstream_status = Some(status);
        outcome.request_id = id;
        outcome.rate = rate;
        outcome
    }
}

/// What an answer is read with.
struct Reading {
    tool: &'static Tool,
    position: Option<paging::Position>,
    fields: Option<fields::Fields>,
    search: Option<list::Search>,
    /// The tool that tells how a job stands.
    poll: Option<&'static str>,
    limits: ResultLimits,
}

impl Reading {
    fn outcome(
        &self,
        response: &Response,
        rate: Option<&Rate>,
        arguments: &Map<String, Value>,
        cursors: &cursor::Key,
    ) -> Outcome {
        let Self { tool, fields, limits, .. } = self;
        let limit = limits.result;
        let listed = || {
            let view = list::View {
                position: self.position.as_ref()?,
                fields: fields.as_ref(),
                search: self.search.as_ref(),
            };
            list::outcome(response, &view, cursors, limit)
        };
        if let Some(link) = file::moved(tool, response) {
            link
        } else if !response.status.is_success() {
            failure::refused(tool, response, rate, limit)
        } else if file::is_file(response) {
            file::outcome(tool, response, limits.file)
        } else {
            let poll = job::Poll::of(tool, self.poll, arguments);
            listed()
                .unwrap_or_else(|| outcome::plain(response, fields.as_ref(), poll.as_ref(), limit))
        }
    }
}

/// Arguments that were looked at.
struct Checked {
    arguments: Map<String, Value>,
    /// Our own arguments; `None` when those of a launch form are wrong already.
    own: Option<OwnArguments>,
    violations: Violations,
}

impl Checked {
    fn of(
        served: &ServedTool,
        operation: &ServedTool,
        mut arguments: Map<String, Value>,
        size: usize,
    ) -> Self {
        let mut violations = Violations::default();
        if let Some(launch) = served.launch() {
            launch.bind(&mut arguments, &mut violations);
            if !violations.is_empty() {
                return Self { arguments, own: None, violations };
            }
        }
        let own = Some(take(operation, &mut arguments, &mut violations));
        if size > violation::ADDRESS {
            violation::of_address(operation.tool, &arguments, &mut violations);
        }
        Self { arguments, own, violations }
    }
}

/// Lowers checked arguments to a request; nothing is sent.
fn prepare(
    cursors: &cursor::Key,
    account: &str,
    tool: &'static Tool,
    OwnArguments { paging, fields }: OwnArguments,
    mut arguments: Map<String, Value>,
) -> Result<Prepared, Vec<Violation>> {
    let search = list::Search::of(tool, &arguments);
    let position =
        paging.map(|paging| paging.resume(cursors, account, tool, &mut arguments)).transpose()?;
    let request = lower(tool, arguments, fields.as_ref())?;
    Ok(Prepared { request, position, fields, search })
}

/// The arguments that are ours and not the vendor's.
struct OwnArguments {
    paging: Option<Paging>,
    fields: Option<fields::Fields>,
}

/// Takes our own arguments out and checks the others.
fn take(
    served: &ServedTool,
    arguments: &mut Map<String, Value>,
    violations: &mut Violations,
) -> OwnArguments {
    let paging = Paging::take(served.tool, arguments, violations);
    let fields = fields::take(served.tool, arguments, violations);
    served.checker().check(served.tool, arguments, violations);
    if !violations.is_empty() {
        violation::of_segments(served.tool, arguments)
            .into_iter()
            .for_each(|violation| violations.push(violation));
    }
    OwnArguments { paging, fields }
}

/// A request ready to be sent, and what its answer is read with.
struct Prepared {
    request: Request,
    position: Option<paging::Position>,
    fields: Option<fields::Fields>,
    search: Option<list::Search>,
}

/// Lowers checked arguments. The vendor's own field selection is a list or a comma-separated text,
/// which only its struct knows.
fn lower(
    tool: &'static Tool,
    mut arguments: Map<String, Value>,
    fields: Option<&fields::Fields>,
) -> Result<Request, Vec<Violation>> {
    let segments = violation::of_segments(tool, &arguments);
    let offending = violation::offending(tool, &arguments);
    let by_address = violation::file_by_address(&arguments);
    if let (Some(parameter), Some(fields)) = (tool.fields_parameter, fields) {
        let names = fields.top_level();
        let mut as_list = arguments.clone();
        as_list.insert(parameter.to_owned(), names.iter().copied().collect());
        if let Ok(request) = (tool.request)(tool, as_list) {
            return Ok(request);
        }
        arguments.insert(parameter.to_owned(), names.join(",").into());
    }
    (tool.request)(tool, arguments).map_err(|error| match by_address {
        None if !segments.is_empty() => segments,
        by_address => {
            vec![by_address.unwrap_or_else(|| violation::of_lowering(tool, offending, &error))]
        }
    })
}
