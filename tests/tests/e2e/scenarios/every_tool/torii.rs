//! Every tool of Torii.

use serde_json::json;

use super::{PATCH, USER, Walk, file};

#[tokio::test]
async fn every_torii_tool_works() {
    let mut walk = Walk::start("torii").await;
    torii_people(&mut walk).await;
    torii_apps(&mut walk).await;
    torii_contracts(&mut walk).await;
    torii_workflows(&mut walk).await;
    torii_files(&mut walk).await;
    torii_plugins(&mut walk).await;
    torii_scim(&mut walk).await;
    walk.done();
}

async fn torii_people(walk: &mut Walk) {
    walk.call("list_all_torii_me", json!({})).await;
    walk.call("list_all_torii_users", json!({"limit": 2})).await;
    walk.call("get_single_torii_user_by_id", json!({"id": 100_002})).await;
    walk.call(
        "update_a_torii_user_by_id",
        json!({"id": 100_002, "lifecycleStatus": "offboarding"}),
    )
    .await;
    walk.call("list_all_torii_user_fields", json!({})).await;
    walk.call("list_all_torii_user_metadata", json!({})).await;
    walk.call("list_all_torii_user_applications", json!({"id_user": 100_002})).await;
    let at = json!({"id_user": 100_002, "id": 1001});
    walk.call("get_single_torii_user_application_by_id", at.clone()).await;
    let mut removed = at;
    removed["isUserRemovedFromApp"] = true.into();
    walk.call("update_a_torii_user_application_by_id", removed).await;
    walk.call("list_all_torii_roles", json!({})).await;
    walk.call("list_all_torii_audit_logs", json!({"entity": "users", "limit": 2})).await;
}

async fn torii_apps(walk: &mut Walk) {
    walk.call("list_all_torii_apps", json!({"limit": 2})).await;
    walk.call("create_a_torii_app", json!({"idApp": 1105})).await;
    let custom = json!({"name": "Timesheets", "state": "discovered", "tags": "HR,Internal"});
    let app = walk.call("create_a_torii_custom_app", custom).await["app"]["id"].clone();
    walk.call("get_single_torii_app_by_id", json!({"id": app})).await;
    walk.call(
        "update_a_torii_app_by_id",
        json!({"id": app, "primaryOwner": 100_003, "c_planName": "Team"}),
    )
    .await;
    walk.call("torii_apps_search", json!({"q": "a"})).await;
    walk.call("torii_apps_match", json!({"apps": [{"name": "Figma"}, {"name": "Nobody knows"}]}))
        .await;
    walk.call("list_all_torii_similar_apps", json!({"idApp": 1001})).await;
    walk.call("list_all_torii_app_fields", json!({})).await;
    walk.call("list_all_torii_app_metadata", json!({})).await;
    let field = walk
        .call("create_a_torii_app_field", json!({"name": "Review Round", "type": "number"}))
        .await["field"]["id"]
        .clone();
    walk.call("update_a_torii_app_field_by_id", json!({"id": field, "name": "Round"})).await;
    walk.call("delete_a_torii_app_field_by_id", json!({"id": field})).await;
    walk.call("list_all_torii_application_users", json!({"id_app": 1001, "limit": 2})).await;
}

async fn torii_contracts(walk: &mut Walk) {
    walk.call("list_all_torii_contracts", json!({"limit": 2})).await;
    walk.call("list_all_torii_contract_fields", json!({})).await;
    walk.call("list_all_torii_contract_metadata", json!({})).await;
    let body = json!({"name": "C", "idApp": 1001, "status": "pipeline", "amount": 12, "startDate": "2026-12-01"});
    let contract = walk.call("create_a_torii_contract", body).await["contract"]["id"].clone();
    walk.call("get_single_torii_contract_by_id", json!({"id": contract})).await;
    walk.call(
        "update_a_torii_contract_by_id",
        json!({"id": contract, "amount": {"value": 4, "currency": "EUR"}, "owner": 100_002}),
    )
    .await;
    walk.call("delete_a_torii_contract_by_id", json!({"id": contract})).await;
    walk.call("list_all_torii_transactions", json!({"limit": 2})).await;
    walk.call("list_all_torii_transaction_metadata", json!({})).await;
    walk.call(
        "update_a_torii_transaction_by_id",
        json!({"id": 88001, "idApp": null, "mappingStatus": "unknown"}),
    )
    .await;
}

async fn torii_workflows(walk: &mut Walk) {
    let mail = "noah.okafor@acme.example";
    walk.call("list_all_torii_workflows", json!({})).await;
    walk.call("get_single_torii_workflow_by_id", json!({"id": 310})).await;
    walk.call("torii_workflows_trigger", json!({"id": 310, "triggerUserEmail": mail})).await;
    walk.call("list_all_torii_workflow_action_executions", json!({"limit": 2})).await;
    walk.call("list_all_torii_workflow_audit_logs", json!({"limit": 2})).await;
    let request = json!({"triggerAppId": 1001, "triggerUserEmail": mail, "description": "Project"});
    walk.call("torii_apps_trigger_access_request_policy", request).await;
    walk.call("list_all_torii_access_request_policies", json!({})).await;
    walk.call(
        "list_all_torii_eligible_access_request_policies",
        json!({"userEmail": mail, "idApp": 1001}),
    )
    .await;
    walk.call("torii_access_request_policies_trigger", json!({"id": 7001, "userEmail": mail}))
        .await;
    let many = json!({"userEmail": mail, "policies": [{"idAccessRequestPolicy": 7002}]});
    walk.call("torii_access_request_policies_bulk_trigger", many).await;
    walk.call("torii_users_anonymize", json!({"email": mail})).await;
    walk.call("list_all_torii_extension_settings", json!({})).await;
    walk.call("torii_extension_settings_update", json!({"blockedSites": {"sites": ["x.example"]}}))
        .await;
}

async fn torii_files(walk: &mut Walk) {
    let sheet = walk
        .call("torii_files_upload", json!({"type": "expenseReport", "file": file("e.csv")}))
        .await["id"]
        .clone();
    let target = walk
        .call("torii_files_upload_url", json!({"name": "users.json", "type": "application/json"}))
        .await;
    let target = &target["uploadFileParameters"];
    let address = url::Url::parse(target["url"].as_str().unwrap()).unwrap();
    let put = format!(
        "http://{}{}?{}",
        walk.app.upstream,
        address.path(),
        address.query().unwrap_or_default()
    );
    let body = r#"{"users":[{"email":"a@b.example"}]}"#;
    assert_eq!(
        crate::http::send(http::Method::PUT, &put, &[], Some(body.into())).await.unwrap().status,
        200
    );
    let data = json!({"path": target["filePath"], "type": "customIntegrationData"});
    let data = walk.call("create_a_torii_file", data).await["id"].clone();
    walk.call("get_single_torii_file_by_id", json!({"id": sheet})).await;
    walk.call("torii_files_download", json!({"id": sheet})).await;
    let job = walk.call("torii_parsings_automatic", json!({"idFile": sheet})).await["id"].clone();
    walk.call("get_single_torii_parsing_by_id", json!({"id": job})).await;
    let config = json!({
        "transactionDateColumn": "A", "descriptionColumn": "B", "amountColumn": "C", "dateFormat": "YYYY-MM-DD", "currency": "USD",
        "idFile": sheet,
    });
    walk.call("torii_parsings_manual", json!({"parseConfig": config})).await;
    let account = walk
        .call("create_a_torii_custom_integration", json!({"idApp": 1001, "name": "Second"}))
        .await["id"]
        .clone();
    walk.call("torii_custom_integrations_sync", json!({"idFile": data, "idAppAccount": account}))
        .await;
    walk.call("torii_gluu_integrations_sync", json!({"idFile": sheet, "idAppAccount": account}))
        .await;
}

async fn torii_plugins(walk: &mut Walk) {
    let sheet = walk
        .call("torii_files_upload", json!({"type": "expenseReport", "file": file("p.csv")}))
        .await["id"]
        .clone();
    let plugin =
        walk.call("create_a_torii_plugin", json!({"name": "Doors"})).await["plugin"]["uuid"]
            .clone();
    walk.call("update_a_torii_plugin_by_id", json!({"id": plugin, "idUpload": sheet})).await;
    walk.call("create_a_torii_plugin_api_key", json!({"id": plugin})).await;
    walk.call("list_all_torii_plugin_fields", json!({"id_plugin": 900_002})).await;
    walk.call("delete_a_torii_plugin_by_id", json!({"id": plugin})).await;
}

async fn torii_scim(walk: &mut Walk) {
    walk.call("list_all_torii_scim_service_provider_config", json!({})).await;
    walk.call("list_all_torii_scim_resource_types", json!({})).await;
    walk.call("list_all_torii_scim_schemas", json!({})).await;
    walk.call("list_all_torii_scim_users", json!({"limit": 2})).await;
    let body = json!({"schemas": [USER], "userName": "n@acme.example", "userType": "Finance"});
    let user = walk.call("create_a_torii_scim_user", body).await["id"].clone();
    walk.call("get_single_torii_scim_user_by_id", json!({"id": user})).await;
    let body = json!({"id": user, "schemas": [USER], "userName": "n@acme.example", "active": true});
    walk.call("update_a_torii_scim_user_by_id", body).await;
    let change = json!({"id": user, "schemas": [PATCH], "Operations": [{"op": "replace", "path": "userType", "value": "Admin"}]});
    walk.call("torii_scim_users_patch", change).await;
    walk.call("delete_a_torii_scim_user_by_id", json!({"id": user})).await;
}
