//! Asynchronous launches: pending for some polls, then done or failed.

use serde_json::{Value, json};

use super::tenant::{LaunchRequest, Stage, Tenant};
use super::workflow::ORIGIN;
use super::{launch, page};
use crate::call::Call;
use crate::reply::{Answer, Reply};

pub(super) fn status(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.param("asyncJobId");
    let Some(index) = tenant.jobs.iter().position(|job| job.id == wanted) else {
        return Err(call.missing("asynchronous job", "asyncJobId"));
    };
    let job = &mut tenant.jobs[index];
    let payload = Value::Object(job.payload.clone());
    if let Stage::Waiting(request) = &job.stage {
        if job.polls_left > 0 {
            job.polls_left -= 1;
            return Ok(Reply::json(json!({ "status": "in_progress", "requestPayload": payload })));
        }
        let request = LaunchRequest::clone(request);
        let stage = carry_out(tenant, call, request);
        tenant.jobs[index].stage = stage;
    }
    match &tenant.jobs[index].stage {
        Stage::Done { workflow } => {
            let Some(found) = tenant.workflow_index(workflow) else {
                return Err(call.missing("workflow", "asyncJobId"));
            };
            Ok(Reply::json(json!({
                "status": "success",
                "requestPayload": payload,
                "workflowUrls": {
                    "browserUrl": page::address(call, workflow),
                    "apiUrl": format!("{ORIGIN}/public/api/v1/workflows/{workflow}"),
                },
                "workflow": tenant.workflows[found].render(tenant, false),
            })))
        }
        Stage::Failed(error) => Ok(Reply::json(
            json!({ "status": "failed", "requestPayload": payload, "error": error }),
        )),
        Stage::Waiting(_) => {
            Ok(Reply::json(json!({ "status": "in_progress", "requestPayload": payload })))
        }
    }
}

fn carry_out(tenant: &mut Tenant, call: &Call, request: LaunchRequest) -> Stage {
    let template = request.template.clone();
    match launch::carry_out(tenant, call, request) {
        Ok(index) => Stage::Done { workflow: tenant.workflows[index].id.clone() },
        Err(fault) => Stage::Failed(json!({
            "code": fault.code, "message": fault.message, "param": fault.param,
            "redirectUrl": format!("{ORIGIN}/workflow/launch/{template}"),
        })),
    }
}
