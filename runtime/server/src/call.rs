//! One tool call: arguments are checked, lowered to one request, and the answer becomes a result.
//!
//! Shared by MCP and the admin API. One call sends one upstream request, never more.

pub mod cursor;
#[cfg(test)]
pub(crate) mod foreign_text;
pub mod launches;
mod outcome;
pub mod rates;
mod request;
pub(crate) mod response;
pub mod tenant;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};
use support::tool::ArgumentTarget;
use support::{Request, Transport};
use tokio_util::sync::CancellationToken;
use upstream::Upstream;

pub use self::outcome::{Block, FailureKind, Outcome};
pub use self::request::Digits;
use self::request::{Made, Plan};
pub use self::response::Rate;
use self::response::{Reading, Unknown, failure, legible};
use self::tenant::Freshness;
use crate::call_log::{Effect, OpenCall, Recorder};
use crate::clock::Clock;
use crate::pointer::child;
use crate::tools::ServedTool;
use crate::toolset::Toolset;
use crate::violation::{Violation, Violations};
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
    /// The integers among the arguments that 64 bits do not hold.
    pub digits: Option<&'a Digits>,
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
    /// Remembers what vendors told of their rate limits.
    pub rates: rates::Rates,
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
            rates: rates::Rates::default(),
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
        noted.settle(outcome.status(), outcome.answered());
        Ok(outcome)
    }

    /// The request that a call of the tool `name` would send, made and checked as for the call: the
    /// tenant is asked what it knows and files are fetched, but nothing is sent.
    ///
    /// # Errors
    /// [`UnknownTool`]; within it, what is wrong with the arguments.
    pub(crate) async fn request(
        &self,
        context: &CallContext<'_>,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Result<Result<Request, Violations>, UnknownTool> {
        let served = context.toolset.get(name).ok_or(UnknownTool)?;
        let made = request::make(self, context, served, arguments).await;
        Ok(made.plan.map(|plan| plan.request))
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
            noted.settle(outcome.status(), None);
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
        let Made { plan, read_as } = request::make(self, context, served, arguments).await;
        let mut outcome = match plan {
            Ok(plan) => self.carry_out(context, plan, noted).await,
            Err(violations) => Outcome::invalid_arguments(&located(context, served, violations)),
        };
        outcome.blocks.extend(read_as.as_deref().map(Block::text));
        outcome
    }

    async fn carry_out(
        &self,
        context: &CallContext<'_>,
        plan: Plan,
        noted: &mut OpenCall,
    ) -> Outcome {
        if let Err(unlogged) = noted.commit().await {
            return failure::unavailable(unlogged.to_string());
        }
        let Plan { request, reading, filled } = plan;
        let outcome = self.exchange(context, request, reading).await;
        let is_refused = outcome.failure.is_some()
            && matches!(outcome.upstream_status.map(|status| status.as_u16()), Some(400 | 422));
        match filled.filter(|_| is_refused) {
            Some(filled) => self.tenant.explain(context, filled, outcome).await,
            None => outcome,
        }
    }

    /// What is wrong with names that nobody knows, the tenant included; one that cannot be asked
    /// refuses nothing.
    async fn unknown_names(
        &self,
        context: &CallContext<'_>,
        reading: &Reading,
        unknown: &Unknown,
    ) -> Option<Violations> {
        let tool = reading.tool();
        for freshness in [Freshness::Cached, Freshness::Refresh] {
            let (keys, fresh) = match tool.live_fields {
                Some(source) => self.tenant.field_keys(context, source, freshness).await?,
                None => (Vec::new(), true),
            };
            let fields = reading.fields.as_ref()?;
            let found = unknown.violations(tool, reading.served.answer(), fields, &keys)?;
            if fresh || freshness == Freshness::Refresh {
                return Some(found);
            }
        }
        None
    }

    async fn exchange(
        &self,
        context: &CallContext<'_>,
        request: Request,
        reading: Reading,
    ) -> Outcome {
        let begun = Instant::now();
        let answer = match context.transport.send(request).await {
            Ok(streaming) => streaming.collect(self.limits.answer).await,
            Err(error) => Err(error),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let api = context.toolset.catalogue.api;
                let mut outcome = failure::unanswered(&error, api, reading.tool());
                outcome.upstream_time = Some(begun.elapsed());
                return outcome;
            }
        };
        let time = begun.elapsed();
        let (status, now) = (response.status, self.clock.now());
        let rate = Rate::read(&response.headers, reading.tool(), status, now);
        if let Some(rate) = &rate {
            self.rates.note(context.account, reading.tool(), rate, now);
        }
        let request_id = failure::request_id(&response.headers);
        let (told, cursors) = (rate.clone(), self.cursors.clone());
        let size = response.body.len();
        let listings = match FailureKind::of(status) {
            FailureKind::NotFound => context.toolset.listings(reading.tool()),
            _ => Vec::new(),
        };
        let read = move || {
            let response = legible(response);
            let outcome = reading.outcome(&response, told.as_ref(), &cursors, &listings);
            let unknown = reading.unknown_names(&response);
            (outcome, unknown, reading)
        };
        let (mut outcome, unknown, reading) = work::over(size, read).await;
        if let Some(unknown) = unknown
            && let Some(violations) = self.unknown_names(context, &reading, &unknown).await
        {
            outcome = Outcome::invalid_arguments(&violations);
        }
        outcome.upstream_status = Some(status);
        outcome.request_id = request_id;
        outcome.upstream_bytes = Some(size);
        outcome.upstream_time = Some(time);
        outcome.rate = rate;
        outcome
    }
}

/// The same violations; of what cannot be an id, with the tool that lists those there are.
fn located(
    context: &CallContext<'_>,
    served: &ServedTool,
    mut violations: Violations,
) -> Violations {
    let tool = served.tool;
    for argument in tool.arguments {
        let place = child("", argument.name);
        if !violations.named().iter().any(|it| it.pointer == place) {
            continue;
        }
        let listing = match argument.target {
            ArgumentTarget::Path(name) => {
                let before = tool.operation.path.split_once(&format!("/{{{name}}}"));
                before.and_then(|(path, _)| context.toolset.listing(path))
            }
            ArgumentTarget::Query(name) | ArgumentTarget::BodyMember(name) => {
                context.toolset.listing_of(name)
            }
            _ => None,
        };
        if let Some(listing) = listing {
            violations.push(Violation::new(place, format!("find the right one with {listing}")));
        }
    }
    violations
}
