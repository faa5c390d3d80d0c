//! Documents of a workflow: list, packet, upload, download.

use serde_json::{Value, json};

use super::tenant::Tenant;
use super::tenant::find_workflow;
use super::workflow::{Document, Status, Step};
use super::{forms, media};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::multipart::Form;
use crate::reply::{Answer, Reply};

const ACCEPTED: [&str; 3] = [".pdf", ".doc", ".docx"];

fn answer(tenant: &Tenant, index: usize) -> Value {
    let workflow = &tenant.workflows[index];
    let pick = |in_packet: bool| -> Vec<Value> {
        workflow
            .documents
            .iter()
            .filter(|document| document.in_packet == in_packet)
            .map(|document| workflow.document(tenant, document))
            .collect()
    };
    json!({ "signaturePacketDocuments": pick(true), "excludedFromSignaturePacketDocuments": pick(false) })
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    Ok(Reply::json(answer(tenant, index)))
}

pub(super) fn download(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let key = call.param("key");
    let document = tenant.workflows[index].documents.iter().find(|document| document.key == key);
    let document = document.ok_or_else(|| call.missing("document", "key"))?;
    Ok(Reply::file(&document.filename, &document.media, document.bytes.clone()))
}

pub(super) fn set_packet(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("signaturePacketDocumentKeys", MemberKind::Texts, Need::Must)],
        Others::Allowed,
    )?;
    let keys: Vec<String> = body["signaturePacketDocumentKeys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect();
    let workflow = &mut tenant.workflows[index];
    if workflow.step != Step::Review || workflow.status != Status::Active {
        return Err(call
            .wrong_state("the signature packet can only change while the workflow is in review"));
    }
    if keys.is_empty() {
        return Err(
            call.invalid("the signature packet cannot be empty", "signaturePacketDocumentKeys")
        );
    }
    if let Some(unknown) =
        keys.iter().find(|key| workflow.documents.iter().all(|document| document.key != **key))
    {
        return Err(call.invalid(
            &format!("no document with the key '{unknown}'"),
            "signaturePacketDocumentKeys",
        ));
    }
    for document in &mut workflow.documents {
        document.in_packet = keys.contains(&document.key);
    }
    workflow.documents.sort_by_key(|document| {
        keys.iter().position(|key| *key == document.key).unwrap_or(keys.len())
    });
    workflow.updated = call.now;
    Ok(Reply::json(answer(tenant, index)))
}

pub(super) fn upload(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let form = Form::read(call)?;
    let attachment = form.require(call, "attachment")?.clone();
    let metadata: Value = match form.text("metadata") {
        None => {
            return Err(call.refuse(
                400,
                "MISSING_PARAM",
                "missing required form-data part 'metadata'",
                "metadata",
            ));
        }
        Some(text) => serde_json::from_str(&text)
            .map_err(|_| call.invalid("the part 'metadata' must be JSON", "metadata"))?,
    };
    if metadata["comment"]["message"].as_str().is_none_or(str::is_empty) {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            "missing required parameter 'comment.message'",
            "metadata.comment.message",
        ));
    }
    let attribute = call.param("attributeId").to_owned();
    let template = tenant.workflows[index].template.clone();
    let form_fields =
        tenant.templates.iter().find(|known| known.id == template).map(|known| &known.form);
    let known = attribute == "draft"
        || form_fields.and_then(|fields| fields.get(&attribute)).is_some_and(|field| {
            field["type"] == "document" || field["elementType"]["type"] == "document"
        });
    if !known {
        return Err(call.missing(&format!("document attribute '{attribute}'"), "attributeId"));
    }
    let filename = attachment.filename.clone().unwrap_or_else(|| "document.docx".into());
    if !ACCEPTED.iter().any(|ending| filename.to_lowercase().ends_with(ending)) {
        return Err(
            call.invalid(&format!("only {} files can be added", ACCEPTED.join(", ")), "attachment")
        );
    }
    let (key, version) = (tenant.ids.nano(), tenant.ids.nano());
    let author = tenant.author(&call.actor);
    let comment = super::comments::build(
        tenant,
        call,
        metadata["comment"]["message"].as_str().unwrap_or(""),
        author,
    );
    let media = attachment.media.clone().unwrap_or_else(|| media::media_for(&filename).to_owned());
    let workflow = &mut tenant.workflows[index];
    match metadata["key"].as_str() {
        Some(existing) => {
            let Some(document) =
                workflow.documents.iter_mut().find(|document| document.key == existing)
            else {
                return Err(call.missing("document", "key"));
            };
            document.number += 1;
            document.version = version;
            document.filename = filename;
            document.media = media;
            document.bytes = attachment.content;
            document.author.clone_from(&call.actor);
            document.at = call.now;
        }
        None => workflow.documents.push(Document {
            key,
            in_packet: attribute == "draft",
            attribute,
            version,
            number: 1,
            filename,
            author: call.actor.clone(),
            at: call.now,
            media,
            bytes: attachment.content,
        }),
    }
    workflow.comments.push(comment);
    workflow.updated = call.now;
    Ok(Reply::none())
}

pub(super) fn upload_signed(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    super::signing::on_sign_step(tenant, call, index)?;
    let form = Form::read(call)?;
    let attachment = form.require(call, "attachment")?.clone();
    let roles: Option<Vec<String>> = form
        .text("metadata")
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
        .and_then(|metadata| {
            let names = metadata["signerRoleNames"].as_array()?;
            Some(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
        });
    let (key, version) = (tenant.ids.nano(), tenant.ids.nano());
    let workflow = &mut tenant.workflows[index];
    for signer in &mut workflow.signing.signers {
        if roles.as_ref().is_none_or(|roles| roles.contains(&signer.role)) {
            signer.status = "signed";
        }
    }
    let whole = workflow.signing.signers.iter().all(|signer| signer.status == "signed");
    let attribute = if whole { "signed" } else { "partiallySigned" };
    let document = Document {
        key,
        attribute: attribute.into(),
        version,
        number: 1,
        filename: attachment.filename.unwrap_or_else(|| "signed.pdf".into()),
        author: call.actor.clone(),
        at: call.now,
        media: attachment.media.unwrap_or_else(|| forms::DOCX.into()),
        bytes: attachment.content,
        in_packet: false,
    };
    workflow.documents.retain(|known| known.attribute != attribute);
    workflow.documents.push(document.clone());
    workflow.updated = call.now;
    if whole {
        super::signing::complete(tenant, call, index);
    }
    let workflow = &tenant.workflows[index];
    let shown = workflow.document(tenant, &document);
    Ok(Reply::json(if whole {
        json!({ "workflowId": workflow.id, "title": workflow.title, "signed": shown })
    } else {
        let signers = super::signing::old_signers(workflow);
        json!({ "workflowId": workflow.id, "title": workflow.title, "signers": signers, "partiallySigned": shown })
    }))
}
