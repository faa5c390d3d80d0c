//! All operations of Ironclad with their counters and scopes.

use super::tenant::Tenant;
use super::{
    attachments, comments, documents, entities, exports, imports, jobs, launch, metadata, oauth,
    obligations, record_actions, records, records_export, review, scim_groups, scim_schemas,
    scim_users, search, signing, templates, webhooks, workflows,
};
use crate::dialect::Dialect;
use crate::routes::{Limit, Route, delete, get, patch, post, put};

/// The operations below one prefix.
pub(super) struct Section {
    pub(super) prefix: &'static str,
    pub(super) dialect: Dialect,
    pub(super) routes: &'static [Route<Tenant>],
}

pub(super) static SECTIONS: [Section; 3] = [
    Section { prefix: "/public/api/v1", dialect: Dialect::Ironclad, routes: PUBLIC },
    Section { prefix: "/scim/v2", dialect: Dialect::IroncladScim, routes: SCIM },
    Section { prefix: "/oauth", dialect: Dialect::IroncladOauth, routes: OAUTH },
];

const fn limit(bucket: &'static str, per_minute: u32) -> Limit {
    Limit { bucket, per_minute }
}

const READ: Limit = limit("pub:workflows:read", 400);
const WRITE: Limit = limit("pub:workflows:write", 40);
const SIGN: Limit = limit("pub:workflows:sign-status", 50);
const SIGNATURES: Limit = limit("pub:workflows:signatures", 50);
const RECORDS: Limit = limit("pub:records:read", 600);
const RECORDS_WRITE: Limit = limit("pub:records:write", 200);
const HOOKS: Limit = limit("pub:webhooks", 600);
const OTHER: Limit = limit("pub:other", 800);
const USERS: Limit = limit("scim:users", 600);
const USERS_WRITE: Limit = limit("scim:users:write", 50);
const GROUPS: Limit = limit("scim:groups", 600);

static PUBLIC: &[Route<Tenant>] = &[
    post("/workflows", WRITE, "public.workflows.createWorkflows", launch::launch),
    get("/workflows", READ, "public.workflows.readWorkflows", workflows::list),
    post("/workflows/async", WRITE, "public.workflows.createWorkflows", launch::launch_async),
    get("/workflows/async/{asyncJobId}", READ, "public.workflows.createWorkflows", jobs::status),
    get("/workflows/{id}", READ, "public.workflows.readWorkflows", workflows::show),
    get("/workflows/{id}/approvals", READ, "public.workflows.readApprovals", review::approvals),
    get(
        "/workflows/{id}/approval-requests",
        READ,
        "public.workflows.readApprovals",
        review::approval_requests,
    ),
    patch(
        "/workflows/{id}/approvals/{roleId}",
        WRITE,
        "public.workflows.updateApprovals",
        review::decide,
    ),
    get(
        "/workflows/{id}/turn-history",
        READ,
        "public.workflows.readTurnHistory",
        workflows::turn_history,
    ),
    get("/workflows/{id}/sign-status", READ, "public.workflows.readSignStatus", signing::status),
    post(
        "/workflows/{id}/sign-status/send-signature-request",
        SIGN,
        "public.workflows.sendSignatureRequests",
        signing::send,
    ),
    post(
        "/workflows/{id}/sign-status/scheduled-send",
        SIGN,
        "public.workflows.scheduleSendSignatureRequest",
        signing::schedule,
    ),
    patch(
        "/workflows/{id}/sign-status/scheduled-send",
        SIGN,
        "public.workflows.updateScheduledSignatureRequest",
        signing::reschedule,
    ),
    delete(
        "/workflows/{id}/sign-status/scheduled-send",
        WRITE,
        "public.workflows.deleteScheduledSignatureRequest",
        signing::unschedule,
    ),
    post(
        "/workflows/{id}/sign-status/cancel-signature-request",
        SIGN,
        "public.workflows.cancelSignatureRequests",
        signing::cancel,
    ),
    patch(
        "/workflows/{id}/sign-status/signers/{signerRoleName}",
        SIGN,
        "public.workflows.updateSigners",
        signing::update_signer,
    ),
    delete(
        "/workflows/{id}/sign-status/signers/{signerRoleName}",
        WRITE,
        "public.workflows.deleteSigners",
        signing::delete_signer,
    ),
    post(
        "/workflows/{id}/sign-status/signers/{signerRoleName}/remind",
        SIGN,
        "public.workflows.remindSigners",
        signing::remind,
    ),
    get("/workflows/{id}/signatures", READ, "public.workflows.readSignatures", signing::signatures),
    post(
        "/workflows/{id}/signatures/recipient-urls",
        SIGNATURES,
        "public.workflows.createSignatureRecipientUrls",
        signing::recipient_url,
    ),
    post(
        "/workflows/{id}/signatures/recipient-urls/embedded",
        SIGNATURES,
        "public.workflows.createEmbeddableSignerUrls",
        signing::embedded_url,
    ),
    post(
        "/workflows/{id}/upload-signed",
        WRITE,
        "public.workflows.uploadSignedDocuments",
        documents::upload_signed,
    ),
    get(
        "/workflows/{id}/participants",
        READ,
        "public.workflows.readParticipants",
        workflows::participants,
    ),
    patch(
        "/workflows/{id}/roles/{roleName}",
        WRITE,
        "public.workflows.updateRoleAssignment",
        review::assign_role,
    ),
    get(
        "/workflows/{id}/roles/{roleName}/eligible-assignees",
        READ,
        "public.workflows.readRoleAssignees",
        review::eligible,
    ),
    patch(
        "/workflows/{id}/revert-to-review",
        WRITE,
        "public.workflows.revertToReview",
        review::revert,
    ),
    post("/workflows/{id}/cancel", WRITE, "public.workflows.cancel", workflows::cancel),
    post("/workflows/{id}/pause", WRITE, "public.workflows.pauseAndResume", workflows::pause),
    post("/workflows/{id}/resume", WRITE, "public.workflows.pauseAndResume", workflows::resume),
    post("/workflows/{id}/comment", WRITE, "public.workflows.createComments", comments::create_old),
    post("/workflows/{id}/comments", WRITE, "public.records.createComments", comments::create),
    get("/workflows/{id}/comments", READ, "public.workflows.readComments", comments::list),
    get(
        "/workflows/{id}/comments/{commentId}",
        READ,
        "public.workflows.readComments",
        comments::show,
    ),
    patch(
        "/workflows/{id}/attributes",
        WRITE,
        "public.workflows.updateWorkflows",
        workflows::update_attributes,
    ),
    get("/workflows/{id}/documents", READ, "public.workflows.readDocuments", documents::list),
    patch(
        "/workflows/{id}/signature-packet",
        WRITE,
        "public.workflows.updateSignaturePacket",
        documents::set_packet,
    ),
    post(
        "/workflows/{id}/documents/{attributeId}",
        WRITE,
        "public.workflows.createDocuments",
        documents::upload,
    ),
    get(
        "/workflows/{id}/document/{key}/download",
        READ,
        "public.workflows.readDocuments",
        documents::download,
    ),
    get(
        "/workflows/{id}/emails",
        READ,
        "public.workflows.readEmailCommunications",
        comments::emails,
    ),
    get(
        "/workflows/{id}/emails/{emailThreadId}",
        READ,
        "public.workflows.readEmailCommunications",
        comments::show_email,
    ),
    get(
        "/workflows/{id}/emails/{emailThreadId}/attachments/{attachmentId}",
        READ,
        "public.workflows.readEmailCommunications",
        comments::email_attachment,
    ),
    get("/workflow-schemas", OTHER, "public.workflows.readSchemas", templates::list),
    get("/workflow-schemas/{id}", OTHER, "public.workflows.readSchemas", templates::show),
    get("/records", RECORDS, "public.records.readRecords", records::list),
    post("/records", RECORDS_WRITE, "public.records.createRecords", records::create),
    post(
        "/records/attachments/download-urls",
        RECORDS_WRITE,
        "public.records.readAttachments",
        attachments::start_urls,
    ),
    get(
        "/records/attachments/download-urls/{jobId}",
        RECORDS,
        "public.records.readAttachments",
        attachments::urls,
    ),
    get(
        "/records/smart-import",
        RECORDS,
        "public.records.readSmartImportRecords",
        imports::predictions,
    ),
    post(
        "/records/smart-import",
        RECORDS_WRITE,
        "public.records.createSmartImportRecords",
        imports::start,
    ),
    post(
        "/records/smart-import/{importId}",
        RECORDS_WRITE,
        "public.records.createSmartImportRecords",
        imports::join,
    ),
    get("/records/metadata", RECORDS, "public.records.readSchemas", metadata::schema),
    get("/records/export", RECORDS, "public.records.readRecords", records_export::export),
    get("/records/{id}", RECORDS, "public.records.readRecords", records::show),
    put("/records/{id}", RECORDS_WRITE, "public.records.updateRecords", records::replace),
    delete("/records/{id}", RECORDS_WRITE, "public.records.deleteRecords", records::delete),
    patch("/records/{id}", RECORDS_WRITE, "public.records.updateRecords", records::update),
    post(
        "/records/{id}/attachments/{key}",
        RECORDS_WRITE,
        "public.records.createAttachments",
        attachments::upload,
    ),
    get(
        "/records/{id}/attachments/{key}",
        RECORDS,
        "public.records.readAttachments",
        attachments::download,
    ),
    delete(
        "/records/{id}/attachments/{key}",
        RECORDS_WRITE,
        "public.records.deleteAttachments",
        attachments::delete,
    ),
    post(
        "/records/{id}/actions",
        RECORDS_WRITE,
        "public.records.applyContractAction",
        record_actions::run,
    ),
    post("/webhooks", HOOKS, "public.webhooks.createWebhooks", webhooks::create),
    get("/webhooks", HOOKS, "public.webhooks.readWebhooks", webhooks::list),
    get("/webhooks/verification-key", HOOKS, "", webhooks::verification_key),
    get("/webhooks/{id}", HOOKS, "public.webhooks.readWebhooks", webhooks::show),
    patch("/webhooks/{id}", HOOKS, "public.webhooks.updateWebhooks", webhooks::update),
    delete("/webhooks/{id}", HOOKS, "public.webhooks.deleteWebhooks", webhooks::delete),
    post("/exports", OTHER, "public.export.createReports", exports::start),
    get("/exports/{jobId}", OTHER, "public.export.readReports", exports::status),
    get("/exports/{jobId}/download", OTHER, "public.export.readReports", exports::download),
    get(
        "/entities/relationship-types",
        OTHER,
        "public.entities.readRelationshipTypes",
        entities::relationship_types,
    ),
    get("/entities", OTHER, "public.entities.readEntities", entities::list),
    post("/entities", OTHER, "public.entities.createEntities", entities::create),
    get("/entities/{id}", OTHER, "public.entities.readEntities", entities::show),
    patch("/entities/{id}", OTHER, "public.entities.updateEntities", entities::update),
    delete("/entities/{id}", OTHER, "public.entities.deleteEntities", entities::delete),
    get("/obligations", OTHER, "public.obligations.readObligations", obligations::list),
    post("/obligations", OTHER, "public.obligations.createObligations", obligations::create),
    get("/obligations/types", OTHER, "public.obligations.readTypes", obligations::types),
    get("/obligations/{id}", OTHER, "public.obligations.readObligations", obligations::show),
    patch("/obligations/{id}", OTHER, "public.obligations.updateObligations", obligations::update),
    delete("/obligations/{id}", OTHER, "public.obligations.deleteObligations", obligations::delete),
    get(
        "/obligations/{id}/instances",
        OTHER,
        "public.obligations.readObligations",
        obligations::instances,
    ),
    post(
        "/search/conversational",
        OTHER,
        "public.search.conversational public.records.readRecords public.workflows.readWorkflows",
        search::conversational,
    ),
];

static SCIM: &[Route<Tenant>] = &[
    get("/Users", USERS, "scim.users.readUsers", scim_users::list),
    post("/Users", USERS, "scim.users.createUsers", scim_users::create),
    get("/Users/{userId}", USERS, "scim.users.readUsers", scim_users::show),
    patch("/Users/{userId}", USERS_WRITE, "scim.users.updateUsers", scim_users::update),
    put("/Users/{userId}", USERS, "scim.users.updateUsers", scim_users::replace),
    delete("/Users/{userId}", USERS_WRITE, "scim.users.deleteUsers", scim_users::delete),
    get("/Groups", GROUPS, "scim.groups.readGroups", scim_groups::list),
    post("/Groups", GROUPS, "scim.groups.createGroups", scim_groups::create),
    get("/Groups/{groupId}", GROUPS, "scim.groups.readGroups", scim_groups::show),
    patch("/Groups/{groupId}", GROUPS, "scim.groups.updateGroups", scim_groups::update),
    put("/Groups/{groupId}", GROUPS, "scim.groups.updateGroups", scim_groups::replace),
    delete("/Groups/{groupId}", GROUPS, "scim.groups.deleteGroups", scim_groups::delete),
    get("/Schemas", OTHER, "scim.schemas.readSchemas", scim_schemas::list),
    get("/Schemas/{schemaId}", OTHER, "scim.schemas.readSchemas", scim_schemas::show),
];

static OAUTH: &[Route<Tenant>] = &[
    get("/authorize", OTHER, "", oauth::authorize),
    post("/token", OTHER, "", oauth::token),
    get("/company-info", OTHER, "", oauth::company_info),
    get("/userinfo", OTHER, "", oauth::userinfo),
];

/// Every scope there is.
pub(super) fn scopes() -> Vec<&'static str> {
    let mut all: Vec<&str> = SECTIONS
        .iter()
        .flat_map(|section| section.routes)
        .flat_map(|route| route.scope.split_whitespace())
        .collect();
    all.push(oauth::IMPERSONATE);
    all.sort_unstable();
    all.dedup();
    all
}
