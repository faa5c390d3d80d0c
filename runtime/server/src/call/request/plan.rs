//! A call as a plan: each step takes what the one before made, and the last one is a request that can
//! be sent. Nothing is sent here but what the tenant is asked and what files are fetched.

use std::sync::Arc;

use serde_json::{Map, Value};
use support::tool::FieldsStyle;
use support::{Request, Tool};

use super::aliases::ReadAs;
use super::fields::{self, Fields};
use super::paging::Paging;
use super::range::{self, Range};
use super::{address, aliases, files, parts, upload};
use crate::call::response::Reading;
use crate::call::response::job::Poll;
use crate::call::response::list::Search;
use crate::call::tenant::{Filled, Freshness, Template};
use crate::call::{CallContext, Pipeline, cursor};
use crate::pointer::child;
use crate::tools::ServedTool;
use crate::violation::{Violation, Violations};
use crate::work;

/// A request ready to be sent, and what its answer is read with.
pub(crate) struct Plan {
    pub(crate) request: Request,
    pub(crate) reading: Reading,
    /// The form that was filled in.
    pub(crate) filled: Option<Filled>,
}

/// What became of the arguments of a call.
pub(crate) struct Made {
    /// The plan; else everything that is wrong with the arguments, as far as it can be known before
    /// they are sent.
    pub(crate) plan: Result<Plan, Violations>,
    /// What was read otherwise than it was given, in sentences.
    pub(crate) read_as: Option<String>,
}

/// Makes the plan of a call.
pub(crate) async fn make(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &Arc<ServedTool>,
    mut arguments: Map<String, Value>,
) -> Made {
    let mut violations = Violations::default();
    let mut read_as =
        aliases::settle(pipeline, context, served, &mut arguments, &mut violations).await;
    let plan = plan(pipeline, context, served, arguments, violations, &mut read_as).await;
    Made { plan, read_as: read_as.sentences() }
}

async fn plan(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &Arc<ServedTool>,
    arguments: Map<String, Value>,
    of_names: Violations,
    read_as: &mut ReadAs,
) -> Result<Plan, Violations> {
    let mut tool = served.tool;
    let mut sender = served;
    let (arguments, mut violations) = pipeline.tenant.fit(context, tool, arguments).await;
    let Checked { mut arguments, mut own, violations: found, files: mut places } =
        Checked::of(context, served, arguments).await?;
    violations.append_beside(found);
    violations.append(of_names);
    let template = Template::of(context, served, &arguments);
    if served.launch().is_none() {
        let (tenant, template) = (&pipeline.tenant, template.as_ref());
        let checking = tenant.check(context, tool, template, &mut arguments, &mut violations);
        places = checking.await;
    }
    let (limit, outbound) = (pipeline.limits.file, pipeline.outbound.as_ref());
    if violations.is_empty() {
        upload::fetch(outbound, tool, &mut arguments, limit as u64, &mut violations).await;
    }
    let catalogue = &context.toolset.catalogue;
    let takes_files = catalogue.api.launch.as_ref().filter(|_| tool.launch_form);
    let takes_files = takes_files.and_then(|launch| launch.files);
    let filled = template.map(|template| template.filled(&arguments));
    let mut taken = Vec::new();
    let parted = takes_files.filter(|_| violations.is_empty());
    let mut found = parted.map_or_else(Vec::new, |_| files::places(&arguments));
    if let Some(files) = parted.filter(|_| !found.is_empty()) {
        let mut whole = Value::Object(arguments);
        places.retain(|place| !found.contains(place));
        parts::fetch(outbound, &mut whole, &places, limit).await;
        found.append(&mut places);
        let within = served.launch().map_or_else(String::new, |own| child("", own.launch.values));
        let taking = move || {
            let mut wrong = Violations::default();
            let taken = parts::take(&mut whole, &found, (files.part, &within), limit, &mut wrong);
            (whole, taken, wrong)
        };
        let (whole, parts, wrong) = work::over(work::LITTLE + 1, taking).await;
        (arguments, taken) = (members_of(whole), parts);
        violations.append(wrong);
        if let Some(by_files) = catalogue.tool(files.tool) {
            (sender, tool) = (by_files, by_files.tool);
        }
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    if tool.job.is_none() && served.tool.job.is_some() {
        read_as.say(|| {
            "Files that are given by content go with the launch itself: it is made at once and not as a job."
                .to_owned()
        });
    }
    if let Some(fields) = &own.fields
        && tool.fields_parameter.is_some()
    {
        own.vendor_chooses = vendor_knows(pipeline, context, served, fields).await;
    }
    let poll = Poll::of(tool, context.toolset, &arguments);
    let search = Search::of(tool, &arguments);
    let size = work::weight(&arguments);
    let (cursors, account) = (pipeline.cursors.clone(), context.account.to_owned());
    let lowered =
        work::over(size, move || Lowered::of(&cursors, &account, tool, own, arguments)).await;
    let Lowered { mut request, position, range, fields } = lowered.map_err(Violations::one)?;
    if let Some(digits) = context.digits {
        digits.restore(&mut request.body);
    }
    if let Some(files) = takes_files.filter(|_| !taken.is_empty()) {
        let parts = taken.iter().map(|(name, file)| (name.as_str(), file));
        let sent = request.with_files(files.data, parts);
        request =
            sent.map_err(|error| Violations::one(address::of_lowering(tool, &error.into())))?;
    }
    let limits = pipeline.limits;
    let served = Arc::clone(sender);
    let origin = tool.opens_at.and_then(|_| context.transport.origin()).map(str::to_owned);
    let reading = Reading { served, position, range, fields, search, poll, origin, limits };
    Ok(Plan { request, reading, filled })
}

fn members_of(object: Value) -> Map<String, Value> {
    if let Value::Object(members) = object { members } else { Map::new() }
}

/// Arguments in the types that the schema asks for, without those that are ours.
struct Checked {
    arguments: Map<String, Value>,
    own: OwnArguments,
    violations: Violations,
    /// Where files stand in a launch form.
    files: Vec<String>,
}

/// The arguments that are ours and not the vendor's.
struct OwnArguments {
    paging: Option<Paging>,
    range: Option<range::Asked>,
    fields: Option<Fields>,
    /// Whether the vendor is asked for these fields only, where it has a parameter for that.
    vendor_chooses: bool,
}

/// Whether all fields are ones that the vendor knows as far as we do: one that it does not know may
/// cost the call there.
async fn vendor_knows(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    fields: &Fields,
) -> bool {
    let tool = served.tool;
    let Some(names) = fields.top_level(tool.wrapper) else { return true };
    let undeclared = |name: &&str| !served.answer().has(name, tool.wrapper);
    let unknown: Vec<&str> = names.into_iter().filter(undeclared).collect();
    if unknown.is_empty() {
        return true;
    }
    let Some(source) = tool.live_fields else { return false };
    let keys = pipeline.tenant.field_keys(context, source, Freshness::Cached).await;
    keys.is_some_and(|(keys, _)| unknown.iter().all(|name| keys.iter().any(|key| key == name)))
}

impl Checked {
    /// Checks arguments against the full schema of their tool; large ones off the executor.
    ///
    /// # Errors
    /// What is wrong with those of a launch form: they have no place in the operation yet.
    async fn of(
        context: &CallContext<'_>,
        served: &Arc<ServedTool>,
        arguments: Map<String, Value>,
    ) -> Result<Self, Violations> {
        let size = work::weight(&arguments);
        let operation = context.toolset.catalogue.tool(served.tool.name).unwrap_or(served);
        let (served, operation) = (Arc::clone(served), Arc::clone(operation));
        work::over(size, move || Self::now(&served, &operation, arguments, size)).await
    }

    fn now(
        served: &ServedTool,
        operation: &ServedTool,
        mut arguments: Map<String, Value>,
        size: usize,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        let mut places = Vec::new();
        if let Some(launch) = served.launch() {
            files::check(&arguments, &mut violations);
            places = launch.bind(&mut arguments, &mut violations);
            if !violations.is_empty() {
                return Err(violations);
            }
        }
        let (tool, checker) = (operation.tool, operation.checker());
        let own = OwnArguments {
            paging: Paging::take(tool, &mut arguments, &mut violations),
            range: range::Asked::take(tool, &mut arguments, &mut violations),
            fields: fields::take(tool, &mut arguments, &mut violations),
            vendor_chooses: true,
        };
        // A parameter that is null is one that was not given; in a body null has a meaning.
        arguments.retain(|name, value| {
            let is_parameter =
                || tool.argument(name).is_some_and(|argument| argument.target.is_parameter());
            !value.is_null() || checker.requires(name) || !is_parameter()
        });
        checker.check(&mut arguments, &mut violations);
        address::check(tool, &arguments, size, &mut violations);
        files::check(&arguments, &mut violations);
        Ok(Self { arguments, own, violations, files: places })
    }
}

/// A request, and where in a list it stands.
struct Lowered {
    request: Request,
    position: Option<super::paging::Position>,
    range: Option<Range>,
    fields: Option<Fields>,
}

impl Lowered {
    fn of(
        cursors: &cursor::Key,
        account: &str,
        tool: &'static Tool,
        OwnArguments { paging, range, fields, vendor_chooses }: OwnArguments,
        mut arguments: Map<String, Value>,
    ) -> Result<Self, Violation> {
        let mut position = paging
            .map(|paging| paging.resume(cursors, account, tool, &mut arguments))
            .transpose()?;
        let range =
            range.map(|asked| asked.resume(cursors, account, tool, &arguments)).transpose()?;
        if let (Some(parameter), Some(fields), true) =
            (tool.fields_parameter, &fields, vendor_chooses)
            && let Some(names) = fields.top_level(tool.wrapper)
        {
            let names: Value = match parameter.style {
                FieldsStyle::List => names.into_iter().collect(),
                FieldsStyle::Comma => names.join(",").into(),
            };
            arguments.insert(parameter.argument.to_owned(), names);
            if let Some(position) = &mut position {
                position.whole_rows = false;
            }
        }
        let request =
            (tool.request)(tool, arguments).map_err(|error| address::of_lowering(tool, &error))?;
        Ok(Self { request, position, range, fields })
    }
}
