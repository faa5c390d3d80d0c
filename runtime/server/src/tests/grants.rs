//! OAuth grants: one renewal at a time, on however many nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use upstream::oauth::{Grant, GrantError, GrantStore, Renewal, Renewed};

use super::harness::{TestApp, databases};
use crate::provision::{AccountGrants, AccountId, Status};

fn grant(token: &str) -> Grant {
    let now = Timestamp::now();
    Grant {
        access_token: token.into(),
        refresh_token: Some("canary-refresh".into()),
        issued_at: now,
        expires_at: now + SignedDuration::from_hours(1),
    }
}

fn renewal(counter: &Arc<AtomicU32>) -> Renewal {
    let counter = Arc::clone(counter);
    Box::new(move |stored| {
        Box::pin(async move {
            if let Some(stored) = stored {
                return Ok(Renewed::Unchanged(stored));
            }
            let count = counter.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Renewed::New(grant(&format!("token-{count}"))))
        })
    })
}

async fn connected(test: &TestApp) -> (AccountId, AccountGrants) {
    let body = json!({"integration": "demo", "name": "x",
        "credentials": {"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "canary-secret"}});
    let id = AccountId::parse(&test.post("/integrated-account", body).await.made("id")).unwrap();
    let grants = test.app.provision.grants_of(id.clone());
    (id, grants)
}

#[tokio::test]
async fn however_many_renew_the_vendor_is_asked_once() {
    for database in databases().await {
        let (one, other) = (database.start().await, database.start().await);
        let (id, _) = connected(&one).await;
        let counter = Arc::new(AtomicU32::new(0));
        let tasks: Vec<_> = (0..20)
            .map(|index| {
                let node = if index % 2 == 0 { &one } else { &other };
                let grants = node.app.provision.grants_of(id.clone());
                let renewal = renewal(&counter);
                tokio::spawn(async move { grants.renew(renewal).await.unwrap().access_token })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap().expose(), "token-0");
        }
        assert_eq!(counter.load(Ordering::SeqCst), 1);
        assert_eq!(other.app.provision.grants_of(id).read().await.unwrap().unwrap().access_token.expose(), "token-0");
    }
}

#[tokio::test]
async fn a_refusal_marks_the_account_and_a_transient_failure_does_not() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let status = async || test.app.provision.account(&id).await.unwrap().status;
        let fail = |error: GrantError| -> Renewal { Box::new(move |_| Box::pin(async move { Err(error) })) };
        assert!(grants.renew(fail(GrantError::Transient("away".to_owned()))).await.is_err());
        assert_eq!(status().await, Status::Active);
        assert!(grants.renew(fail(GrantError::Refused("gone".to_owned()))).await.is_err());
        assert_eq!(status().await, Status::NeedsReauth);
        grants.write(&grant("new")).await.unwrap();
        assert_eq!(status().await, Status::Active);
    }
}

#[tokio::test]
async fn connecting_anew_ends_what_was_granted_before_on_every_node() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let before = test.app.directory.account(&id).await.unwrap().unwrap();
        grants.connect(&grant("of another person")).await.unwrap();
        test.app.directory.forget_account(&id).await;
        let after = test.app.directory.account(&id).await.unwrap().unwrap();
        assert!(after.updated_at > before.updated_at);
        assert!(!Arc::ptr_eq(&after.transport, &before.transport), "the way to the account holds the old token");
        assert_eq!(grants.read().await.unwrap().unwrap().access_token.expose(), "of another person");
    }
}

#[tokio::test]
async fn a_node_that_took_too_long_does_not_give_back_what_another_holds_by_now() {
    for database in databases().await {
        let test = database.start().await;
        let (id, _) = connected(&test).await;
        let store = test.app.provision.store();
        let lease = async |now: i64, until: i64| store.lease_grant(id.as_str(), &[], now, until).await.unwrap();
        assert!(lease(0, 60).await);
        assert!(!lease(59, 119).await);
        assert!(lease(60, 120).await, "a right that has ended is free");
        store.release_grant(id.as_str(), 60).await.unwrap();
        assert!(!lease(61, 121).await);
        store.release_grant(id.as_str(), 120).await.unwrap();
        assert!(lease(62, 122).await);
    }
}
