//! All operations of Torii with their requests a minute; every operation has its own counter.

use super::tenant::Tenant;
use super::{
    apps, audit, contracts, fields, files, integrations, links, plugins, policies, scim,
    transactions, users, workflows,
};
use crate::routes::{Limit, Route, delete, get, patch, post, put};

const fn a_minute(per_minute: u32) -> Limit {
    Limit { bucket: "", per_minute }
}

const L30: Limit = a_minute(30);
const L50: Limit = a_minute(50);
const L60: Limit = a_minute(60);
const L100: Limit = a_minute(100);
const L200: Limit = a_minute(200);
const L400: Limit = a_minute(400);
const L500: Limit = a_minute(500);
const L600: Limit = a_minute(600);
const L800: Limit = a_minute(800);

pub(super) static ROUTES: &[Route<Tenant>] = &[
    get("/orgs/my", L100, "", users::organization),
    get("/users", L100, "", users::list),
    get("/users/fields", L200, "", fields::of_users),
    get("/users/metadata", L200, "", fields::users_metadata),
    get("/users/{idUser}", L800, "", users::show),
    put("/users/{idUser}", L200, "", users::update),
    get("/users/{idUser}/apps", L800, "", links::apps_of_user),
    get("/users/{idUser}/apps/{idApp}", L800, "", links::show),
    put("/users/{idUser}/apps/{idApp}", L200, "", links::update),
    get("/apps", L200, "", apps::list),
    post("/apps", L200, "", apps::add),
    post("/apps/custom", L200, "", apps::create),
    get("/apps/search", L100, "", apps::search),
    post("/apps/match", L100, "", apps::matches),
    get("/apps/similar", L400, "", apps::similar),
    get("/apps/fields", L200, "", fields::of_apps),
    post("/apps/fields", L50, "", fields::create),
    put("/apps/fields/{idField}", L50, "", fields::update),
    delete("/apps/fields/{idField}", L50, "", fields::delete),
    get("/apps/metadata", L200, "", fields::apps_metadata),
    get("/apps/{idApp}", L400, "", apps::show),
    put("/apps/{idApp}", L100, "", apps::update),
    get("/apps/{idApp}/users", L600, "", links::users_of_app),
    get("/contracts", L100, "", contracts::list),
    post("/contracts", L200, "", contracts::create),
    get("/contracts/fields", L200, "", fields::of_contracts),
    get("/contracts/metadata", L200, "", fields::contracts_metadata),
    get("/contracts/{idContract}", L800, "", contracts::show),
    put("/contracts/{idContract}", L400, "", contracts::update),
    delete("/contracts/{idContract}", L200, "", contracts::delete),
    get("/roles", L100, "", users::roles),
    get("/audit", L200, "", audit::list),
    get("/transactions", L100, "", transactions::list),
    get("/transactions/metadata", L200, "", transactions::metadata),
    put("/transactions/{idTransaction}", L100, "", transactions::update),
    get("/workflows", L500, "", workflows::list),
    get("/workflows/actionExecutions", L500, "", workflows::executions),
    get("/workflows/audit", L200, "", workflows::edits),
    get("/workflows/{idWorkflow}", L200, "", workflows::show),
    post("/workflows/{idWorkflow}/trigger", L100, "", workflows::trigger),
    post("/appCatalog/triggerAppAccessRequestPolicy", L100, "", policies::trigger_for_app),
    get("/appCatalog/accessRequestPolicies", L60, "", policies::list),
    get("/appCatalog/accessRequestPolicies/eligible", L60, "", policies::eligible),
    post("/appCatalog/accessRequestPolicies/trigger", L30, "", policies::trigger_many),
    post(
        "/appCatalog/accessRequestPolicies/{idAccessRequestPolicy}/trigger",
        L60,
        "",
        policies::trigger,
    ),
    get("/files/url", L200, "", files::upload_url),
    post("/files", L200, "", files::register),
    post("/files/upload", L200, "", files::upload),
    get("/files/{id}", L600, "", files::show),
    get("/files/{id}/download", L600, "", files::download),
    get("/parsings/{id}", L800, "", files::parsing),
    put("/parsings/automatic", L200, "", files::parse_automatically),
    put("/parsings/manual", L200, "", files::parse_manually),
    post("/plugins", L200, "", plugins::create),
    get("/plugins/{idPlugin}/fields", L200, "", plugins::fields),
    put("/plugins/{uuidPlugin}", L200, "", plugins::update),
    delete("/plugins/{uuidPlugin}", L200, "", plugins::delete),
    post("/plugins/{uuidPlugin}/apikey", L200, "", plugins::api_key),
    post("/services/custom", L50, "", integrations::create_account),
    put("/services/sync/custom", L200, "", integrations::sync_custom),
    put("/services/sync/gluu", L200, "", integrations::sync_gluu),
    post("/anonymizeRequest", L200, "", integrations::anonymize),
    get("/extension/settings", L100, "", integrations::extension),
    put("/extension/settings", L50, "", integrations::update_extension),
    get("/scim/v2/ServiceProviderConfig", L100, "", scim::config),
    get("/scim/v2/ResourceTypes", L100, "", scim::resource_types),
    get("/scim/v2/Schemas", L100, "", scim::schemas),
    get("/scim/v2/Users", L200, "", scim::list),
    post("/scim/v2/Users", L200, "", scim::create),
    get("/scim/v2/Users/{idUser}", L400, "", scim::show),
    put("/scim/v2/Users/{idUser}", L200, "", scim::replace),
    patch("/scim/v2/Users/{idUser}", L200, "", scim::update),
    delete("/scim/v2/Users/{idUser}", L200, "", scim::delete),
];
