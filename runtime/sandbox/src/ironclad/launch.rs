//! Launching workflows, at once or as a job.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::forms::{self, FormFault};
use super::media;
use super::template::Template;
use super::tenant::{Blob, LaunchJob, LaunchRequest, Tenant};
use super::workflow::{
    Approval, Document, ORIGIN, Role, Signing, Status, Step, Turn, Workflow, counterparty_signer,
    internal_signer, sample_file,
};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::multipart::Form;
use crate::reply::{Answer, Reply};

pub(super) fn launch(tenant: &mut Tenant, call: &Call) -> Answer {
    let (body, files) = read_body(call)?;
    let mut request = read(tenant, call, &body)?;
    request.files = files;
    let index = carry_out(tenant, call, request)
        .map_err(|fault| call.refuse(400, fault.code, &fault.message, &fault.param))?;
    Ok(Reply::json(tenant.workflows[index].render(tenant, false)))
}

pub(super) fn launch_async(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let request = read(tenant, call, &body)?;
    let id = tenant.ids.nano();
    let mut payload = Map::new();
    payload.insert("creator".into(), json!({ "id": request.creator, "type": "id" }));
    payload.insert("template".into(), request.template.clone().into());
    payload.insert("attributes".into(), request.attributes.clone().into());
    let status_url = format!("{ORIGIN}/public/api/v1/workflows/async/{id}");
    let polls_left = tenant.polls_until_done;
    tenant.jobs.push(LaunchJob::new(id.clone(), payload, request, polls_left));
    Ok(Reply::json(json!({ "asyncJobId": id, "asyncJobStatusUrl": status_url })))
}

/// A launch body and the files that came with it, by part name.
type Launch = (Map<String, Value>, Vec<(String, Blob)>);

fn read_body(call: &Call) -> Result<Launch, Reply> {
    if call.media() != "multipart/form-data" {
        return Ok((call.object()?, Vec::new()));
    }
    let form = Form::read(call)?;
    let data = form.require(call, "data")?;
    let Ok(Value::Object(body)) = serde_json::from_slice(&data.content) else {
        return Err(call.invalid("the form-data part 'data' must be a JSON object", "data"));
    };
    let files = form
        .parts
        .iter()
        .filter(|part| part.name != "data")
        .map(|part| {
            let filename = part.filename.clone().unwrap_or_else(|| part.name.clone());
            let media = part.media.clone().unwrap_or_else(|| "application/octet-stream".into());
            (part.name.clone(), Blob { filename, media, bytes: part.content.clone() })
        })
        .collect();
    Ok((body, files))
}

/// Reads what every launch needs; the form itself is checked when it is carried out.
fn read(tenant: &Tenant, call: &Call, body: &Map<String, Value>) -> Result<LaunchRequest, Reply> {
    let table = [
        ("template", MemberKind::Filled, Need::Must),
        ("attributes", MemberKind::Object, Need::Must),
        ("creator", MemberKind::Object, Need::May),
    ];
    check::members(call, body, &table, Others::Refused)?;
    let template = check::text(body, "template").unwrap_or("");
    if !tenant.templates.iter().any(|known| known.id == template) {
        return Err(call.refuse(
            400,
            "INVALID_PARAM",
            &format!("no workflow template with the id '{template}'"),
            "template",
        ));
    }
    let creator = match body.get("creator") {
        None | Some(Value::Null) => call.actor.clone(),
        Some(creator) => {
            let wanted = creator["email"].as_str().or(creator["id"].as_str()).unwrap_or("");
            let user = tenant.find_person(wanted);
            user.map(|user| user.id.clone())
                .ok_or_else(|| call.invalid("creator is not a user of the company", "creator"))?
        }
    };
    let mut attributes =
        body.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    if call.query_flag("useDefaultValues")?.unwrap_or(false)
        && let Some(template) = tenant.templates.iter().find(|known| known.id == template)
    {
        forms::with_defaults(&template.form, &mut attributes);
    }
    Ok(LaunchRequest { template: template.to_owned(), attributes, creator, files: Vec::new() })
}

/// Creates the workflow and gives its place.
pub(super) fn carry_out(
    tenant: &mut Tenant,
    call: &Call,
    request: LaunchRequest,
) -> Result<usize, FormFault> {
    let gone = || FormFault {
        code: "NOT_FOUND",
        message: "workflow template not found".into(),
        param: "template".into(),
    };
    let template = tenant
        .templates
        .iter()
        .find(|known| known.id == request.template)
        .cloned()
        .ok_or_else(gone)?;
    forms::check_launch(&template.form, &request.attributes)?;
    let mut attributes = request.attributes;
    let uploads = take_documents(&template, &mut attributes, &request.files)?;
    expand_references(tenant, &template, &mut attributes)?;
    Ok(create(tenant, &template, attributes, uploads, &request.creator, call.now))
}

/// Puts a new workflow into the tenant.
pub(super) fn create(
    tenant: &mut Tenant,
    template: &Template,
    attributes: Map<String, Value>,
    uploads: Vec<(String, Blob)>,
    creator: &str,
    now: jiff::Timestamp,
) -> usize {
    tenant.last_number += 1;
    let counterparty =
        attributes.get("counterpartyName").and_then(Value::as_str).unwrap_or("Counterparty");
    let title = format!("{} with {counterparty}", template.name);
    let mut roles = Vec::new();
    let mut approvals = Vec::new();
    for (index, (name, department)) in template.approvers.iter().enumerate() {
        let id = format!("approver{}", &tenant.ids.uuid().replace('-', ""));
        let holder = holder(tenant, department);
        roles.push(Role { id: id.clone(), name: (*name).to_owned(), assignees: vec![holder] });
        let order = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        approvals.push(Approval { role: id, order, asked: now, given: None });
    }
    let signer = tenant.user(creator).map(internal_signer);
    let signer_role = format!("signer{}", &tenant.ids.uuid().replace('-', ""));
    roles.push(Role {
        id: signer_role,
        name: "Internal Signer".into(),
        assignees: vec![creator.to_owned()],
    });
    roles.push(Role {
        id: "owner".into(),
        name: "Workflow Owner".into(),
        assignees: vec![creator.to_owned()],
    });
    let signers =
        std::iter::once(counterparty_signer(&template.form, &attributes)).chain(signer).collect();
    let mut documents: Vec<Document> = Vec::new();
    if !uploads.iter().any(|(attribute, _)| attribute == "draft") {
        documents.push(generated(tenant, &title, creator, now));
    }
    for (attribute, blob) in uploads {
        documents.push(Document {
            key: tenant.ids.nano(),
            in_packet: attribute == "draft",
            attribute,
            version: tenant.ids.nano(),
            number: 1,
            filename: blob.filename,
            author: creator.to_owned(),
            at: now,
            media: blob.media,
            bytes: blob.bytes,
        });
    }
    let participants = roles.iter().flat_map(|role| role.assignees.clone()).collect();
    tenant.workflows.push(Workflow {
        id: tenant.ids.hex24(),
        number: tenant.last_number,
        title,
        template: template.id.clone(),
        step: Step::Review,
        status: Status::Active,
        attributes,
        creator: creator.to_owned(),
        created: now,
        updated: now,
        roles,
        approvals,
        signing: Signing { status: "not_sent", signers, scheduled: None },
        documents,
        comments: Vec::new(),
        emails: Vec::new(),
        turns: vec![Turn {
            party: "Internal",
            location: "Review",
            user: creator.to_owned(),
            from: now,
            to: None,
        }],
        participants,
        records: Vec::new(),
        reverted: false,
    });
    tenant.workflows.len() - 1
}

/// The user who holds a role by default: the first of the department.
fn holder(tenant: &Tenant, department: &str) -> String {
    tenant
        .users
        .iter()
        .find(|user| user.department == department)
        .map_or_else(|| tenant.default_user.clone(), |user| user.id.clone())
}

/// Takes the documents out of the attributes: they become files of the workflow, each with the place
/// of the form that it stood in.
fn take_documents(
    template: &Template,
    attributes: &mut Map<String, Value>,
    files: &[(String, Blob)],
) -> Result<Vec<(String, Blob)>, FormFault> {
    let mut uploads = Vec::new();
    for (id, field) in &template.form {
        if field["type"] == "document" || field["elementType"]["type"] == "document" {
            let given = attributes.shift_remove(id).unwrap_or_default();
            let one = std::slice::from_ref(&given);
            for item in given.as_array().map_or(one, Vec::as_slice) {
                uploads.extend(blob(item, id, files)?.map(|blob| (id.clone(), blob)));
            }
        }
        let columns = field["elementType"]["schema"].as_object();
        let rows = attributes.get_mut(id).and_then(Value::as_array_mut);
        for (number, row) in rows.into_iter().flatten().enumerate() {
            for (column, of) in columns.into_iter().flatten() {
                if of["type"] == "document" {
                    let place = format!("{id}/{number}/{column}");
                    uploads.extend(blob(&row[column], id, files)?.map(|blob| (place, blob)));
                }
            }
        }
    }
    Ok(uploads)
}

/// The file that a value of the form stands for.
fn blob(item: &Value, id: &str, files: &[(String, Blob)]) -> Result<Option<Blob>, FormFault> {
    match (item["url"].as_str(), item["file"].as_str()) {
        (Some(url), _) => fetched(url, id).map(Some),
        (None, Some(part)) => {
            let file = files.iter().find(|(name, _)| name == part);
            let absent = || FormFault {
                code: "INVALID_PARAM",
                message: format!("no form-data part '{part}'"),
                param: id.to_owned(),
            };
            file.map(|(_, blob)| Some(blob.clone())).ok_or_else(absent)
        }
        (None, None) => Ok(None),
    }
}

/// Stands in for the vendor's fetching of a file: nothing is loaded, the name comes from the
/// address.
fn fetched(address: &str, id: &str) -> Result<Blob, FormFault> {
    let unusable = || FormFault {
        code: "CONTENT_UNAVAILABLE",
        message: format!("no file could be loaded from {address}"),
        param: id.to_owned(),
    };
    let url = url::Url::parse(address).map_err(|_| unusable())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable());
    }
    let name =
        url.path_segments().and_then(|mut parts| parts.next_back()).filter(|name| !name.is_empty());
    let filename = name.unwrap_or("document.docx").to_owned();
    let media = media::media_for(&filename).to_owned();
    Ok(Blob { bytes: sample_file(&filename), filename, media })
}

/// Turns ids of records and entities into the shapes in which workflows show them.
fn expand_references(
    tenant: &Tenant,
    template: &Template,
    attributes: &mut Map<String, Value>,
) -> Result<(), FormFault> {
    for (id, field) in &template.form {
        let kind = field["type"].as_str().unwrap_or("");
        let Some(wanted) = attributes.get(id).and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        let absent = || FormFault {
            code: "INVALID_PARAM",
            message: format!("attribute '{id}' refers to nothing"),
            param: id.clone(),
        };
        match kind {
            "linkedRecord" | "parentRecord" | "childRecord" => {
                let record = tenant.record(&wanted).ok_or_else(absent)?;
                let link = json!({ "recordId": record["id"], "readableId": record["ironcladId"] });
                attributes.insert(id.clone(), link);
            }
            "reference" => {
                let entity = tenant.entity(&wanted).ok_or_else(absent)?;
                let types = entity["namedTypeIds"][0].clone();
                let link = json!([{ "type": "reference", "value": { "recordId": entity["id"], "subTypeId": types } }]);
                attributes.insert(id.clone(), link);
            }
            _ => {}
        }
    }
    Ok(())
}

/// A document that a template generates.
fn generated(tenant: &mut Tenant, title: &str, author: &str, at: Timestamp) -> Document {
    Document {
        key: tenant.ids.nano(),
        attribute: "draft".into(),
        version: tenant.ids.nano(),
        number: 1,
        filename: format!("{title}.docx"),
        author: author.to_owned(),
        at,
        media: forms::DOCX.into(),
        bytes: sample_file(title),
        in_packet: true,
    }
}
