//! A call as a plan: each step takes what the one before made, and the last one is a request that can
//! be sent. Nothing is sent here but what the tenant is asked and what files are fetched.

use std::sync::Arc;

use serde_json::{Map, Value};
use support::tool::FieldsStyle;
use support::{Request, Tool};

use super::fields::{self, Fields};
use super::paging::Paging;
use super::range::{self, Range};
use super::{address, aliases, files, upload};
use crate::call::response::Reading;
use crate::call::response::job::Poll;
use crate::call::response::list::Search;
use crate::call::tenant::{Freshness, Template};
use crate::call::{CallContext, Pipeline, cursor};
use crate::tools::ServedTool;
use crate::violation::{Violation, Violations};
use crate::work;

/// A request ready to be sent, and what its answer is read with.
pub(crate) struct Plan {
    pub(crate) request: Request,
    pub(crate) reading: Reading,
    /// The template whose form the arguments were held against.
    pub(crate) template: Option<Template>,
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
    let read_as = aliases::settle(pipeline, context, served, &mut arguments, &mut violations).await;
    let plan = plan(pipeline, context, served, arguments, violations).await;
    Made { plan, read_as: read_as.sentences() }
}

async fn plan(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &Arc<ServedTool>,
    arguments: Map<String, Value>,
    of_names: Violations,
) -> Result<Plan, Violations> {
    let tool = served.tool;
    let (arguments, mut violations) = pipeline.tenant.fit(context, tool, arguments).await;
    let Checked { mut arguments, mut own, violations: found } =
        Checked::of(context, served, arguments).await?;
    violations.append_beside(found);
    violations.append(of_names);
    let mut template = None;
    if served.launch().is_none() {
        template = Template::of(context, tool, &arguments);
        let tenant = &pipeline.tenant;
        tenant.check(context, tool, template.as_ref(), &mut arguments, &mut violations).await;
    }
    if violations.is_empty() {
        let limit = pipeline.limits.file as u64;
        let outbound = pipeline.outbound.as_ref();
        upload::fetch(outbound, tool, &mut arguments, limit, &mut violations).await;
    }
    if !violations.is_empty() {
        return Err(violations);
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
    let limits = pipeline.limits;
    let served = Arc::clone(served);
    let origin = tool.opens_at.and_then(|_| context.transport.origin()).map(str::to_owned);
    let reading = Reading { served, position, range, fields, search, poll, origin, limits };
    Ok(Plan { request, reading, template })
}

/// Arguments in the types that the schema asks for, without those that are ours.
struct Checked {
    arguments: Map<String, Value>,
    own: OwnArguments,
    violations: Violations,
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
        if let Some(launch) = served.launch() {
            launch.bind(&mut arguments, &mut violations);
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
        Ok(Self { arguments, own, violations })
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
