//! What is answered from memory.

use serde_json::json;

use super::harness::databases;

#[tokio::test]
async fn a_change_is_seen_by_the_next_lookup() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, token) = test.server(&account, json!({"name": "x"})).await;
        let exposed = async || {
            let found = test.app.directory.resolve(&token).await.unwrap().unwrap();
            found
                .account
                .api
                .tools
                .iter()
                .filter(|tool| found.server.config.filter.admits(tool))
                .count()
        };
        assert_eq!(exposed().await, 5);
        test.patch(
            &format!("/integrated-account/{account}/mcp/{id}"),
            json!({"config": {"methods": ["read"]}}),
        )
        .await;
        assert_eq!(exposed().await, 2);
    }
}

#[tokio::test]
async fn what_one_node_changes_the_other_hears() {
    for database in
        databases().await.into_iter().filter(|database| database.url.starts_with("postgres"))
    {
        let (one, other) = (database.start().await, database.start().await);
        let account = one.account().await;
        let (id, token) = one.server(&account, json!({"name": "x"})).await;
        assert!(other.app.directory.resolve(&token).await.unwrap().is_some());
        one.delete(&format!("/integrated-account/{account}/mcp/{id}")).await;
        let begun = std::time::Instant::now();
        while other.app.directory.resolve(&token).await.unwrap().is_some() {
            assert!(begun.elapsed().as_millis() < 1_000, "the other node still answers");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn known_servers_answer_while_the_database_is_away_and_strangers_are_told() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, known) = test.server(&account, json!({"name": "x"})).await;
        let (_, unseen) = test.server(&account, json!({"name": "y"})).await;
        assert!(test.app.directory.resolve(&known).await.unwrap().is_some());
        test.app.provision.store().close().await;
        test.app.directory.forget(&crate::store::Change::Everything).await;
        assert!(test.app.directory.resolve(&known).await.unwrap().is_some());
        assert!(test.app.directory.resolve(&unseen).await.is_err());
        let answer = test.post("/api-token", json!({"name": "x", "scope": "call"})).await;
        answer.violations(http::StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(test.get("/readyz").await.status, http::StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(test.get("/healthz").await.status, http::StatusCode::OK);
    }
}
