//! OAuth grants: one renewal at a time, on however many nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::security::ExposeSecret;
use upstream::oauth::{Renewal, Renewed, TokenError, TokenSet, TokenStore};

use super::harness::{TestApp, databases};
use crate::provision::{AccountId, AccountTokens, Actor, Provision, Status};

fn grant(token: &str) -> TokenSet {
    let now = "2026-03-01T09:30:00Z".parse().unwrap();
    TokenSet {
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

async fn connected(test: &TestApp) -> (AccountId, AccountTokens) {
    let body = json!({"integration": "demo", "name": "x",
        "credentials": {"type": "oauth2_client_credentials", "client_id": "i", "client_secret": "canary-secret"}});
    let id = AccountId::parse(&test.post("/integrated-account", body).await.made("id")).unwrap();
    let grants = test.app.provision.grants_of(id.clone());
    (id, grants)
}

async fn seen(test: &TestApp, id: &AccountId) -> Timestamp {
    test.app.provision.account(id).await.unwrap().updated_at
}

#[tokio::test]
async fn what_belongs_to_replaced_credentials_changes_nothing() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let before = seen(&test, &id).await;
        let (provision, account) = (test.app.provision.clone(), id.clone());
        let refused: Renewal = Box::new(move |_| {
            Box::pin(async move {
                // While the old credentials' grant is renewed they are replaced; then the vendor
                // refuses.
                let credentials = json!({"type": "bearer", "token": "canary-bearer"});
                let patch =
                    Provision::read_account_patch(json!({"credentials": credentials})).unwrap();
                provision.update_account(&account, &patch, &Actor::configured()).await.unwrap();
                Err(TokenError::Refused("the old client".to_owned()))
            })
        });
        assert!(grants.renew(refused).await.is_err());
        assert_eq!(test.app.provision.account(&id).await.unwrap().status, Status::Active);
        // A person who was asked for the old ones comes back.
        assert!(
            grants.connect(&grant("old client's"), before, &Actor::configured()).await.is_err()
        );
        assert!(grants.read().await.unwrap().is_none());
    }
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
            assert_eq!(task.await.unwrap().expose_secret(), "token-0");
        }
        assert_eq!(counter.load(Ordering::SeqCst), 1);
        assert_eq!(
            other
                .app
                .provision
                .grants_of(id)
                .read()
                .await
                .unwrap()
                .unwrap()
                .access_token
                .expose_secret(),
            "token-0"
        );
    }
}

#[tokio::test]
async fn a_refusal_marks_the_account_and_a_transient_failure_does_not() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let status = async || test.app.provision.account(&id).await.unwrap().status;
        let fail = |error: TokenError| -> Renewal {
            Box::new(move |_| Box::pin(async move { Err(error) }))
        };
        assert!(grants.renew(fail(TokenError::Transient("away".to_owned()))).await.is_err());
        assert_eq!(status().await, Status::Active);
        assert!(grants.renew(fail(TokenError::Refused("gone".to_owned()))).await.is_err());
        assert_eq!(status().await, Status::NeedsReauth);
        grants.connect(&grant("new"), seen(&test, &id).await, &Actor::configured()).await.unwrap();
        assert_eq!(status().await, Status::Active);
    }
}

#[tokio::test]
async fn connecting_anew_ends_what_was_granted_before_on_every_node() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let before = test.app.directory.account(&id).await.unwrap().unwrap();
        grants
            .connect(&grant("of another person"), before.updated_at, &Actor::configured())
            .await
            .unwrap();
        test.app.directory.forget_account(&id).await;
        let after = test.app.directory.account(&id).await.unwrap().unwrap();
        assert!(after.updated_at > before.updated_at);
        assert!(
            !Arc::ptr_eq(&after.transport, &before.transport),
            "the way to the account holds the old token"
        );
        assert_eq!(
            grants.read().await.unwrap().unwrap().access_token.expose_secret(),
            "of another person"
        );
    }
}

#[tokio::test]
async fn a_lease_is_one_nodes_until_it_is_over_or_given_back() {
    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(600);
    for database in databases().await {
        let test = database.start().await;
        let (id, _) = connected(&test).await;
        let store = test.app.provision.store();
        let lease = async |holder: &str, lease: Duration| {
            store.lease_grant(id.as_str(), b"", holder, lease).await.unwrap()
        };
        assert!(lease("one", LONG).await);
        assert!(!lease("two", LONG).await);
        store.release_grant(id.as_str(), "two").await.unwrap();
        assert!(!lease("two", LONG).await, "only its holder gives a lease back");
        store.release_grant(id.as_str(), "one").await.unwrap();
        assert!(lease("two", SHORT).await);
        let begun = Instant::now();
        while !lease("three", LONG).await {
            assert!(begun.elapsed() < Duration::from_secs(10), "a lease that is over is free");
        }
        assert!(
            !store.extend_lease(id.as_str(), "two", LONG).await.unwrap(),
            "what went to another cannot be prolonged"
        );
        assert!(store.extend_lease(id.as_str(), "three", LONG).await.unwrap());
    }
}

#[tokio::test]
async fn a_lease_from_before_a_clock_step_is_free() {
    for database in databases().await {
        let test = database.start().await;
        let (id, _) = connected(&test).await;
        let store = test.app.provision.store();
        assert!(store.lease_grant(id.as_str(), b"", "one", Duration::from_secs(5)).await.unwrap());
        // The node is gone, and then the database's clock goes back by an hour.
        store.shift_leases(3_600_000_000).await.unwrap();
        assert!(store.lease_grant(id.as_str(), b"", "two", Duration::from_secs(5)).await.unwrap());
    }
}

#[tokio::test]
async fn a_node_that_comes_too_late_does_not_write_over_a_newer_grant() {
    for database in databases().await {
        let test = database.start().await;
        let (id, grants) = connected(&test).await;
        let late: Renewal = {
            let (grants, seen) = (test.app.provision.grants_of(id.clone()), seen(&test, &id).await);
            Box::new(move |_| {
                Box::pin(async move {
                    // While the vendor is asked, a person connects the account anew.
                    grants
                        .connect(&grant("of a person"), seen, &Actor::configured())
                        .await
                        .unwrap();
                    Ok(Renewed::New(grant("late")))
                })
            })
        };
        assert_eq!(grants.renew(late).await.unwrap().access_token.expose_secret(), "of a person");
        assert_eq!(
            grants.read().await.unwrap().unwrap().access_token.expose_secret(),
            "of a person"
        );
        let refused: Renewal = {
            let (grants, seen) = (test.app.provision.grants_of(id.clone()), seen(&test, &id).await);
            Box::new(move |_| {
                Box::pin(async move {
                    grants.connect(&grant("newer"), seen, &Actor::configured()).await.unwrap();
                    Err(TokenError::Refused("the old refresh token".to_owned()))
                })
            })
        };
        assert_eq!(
            grants.renew(refused).await.unwrap().access_token.expose_secret(),
            "newer",
            "a refusal of the old one says nothing"
        );
        assert_eq!(test.app.provision.account(&id).await.unwrap().status, Status::Active);
    }
}

#[tokio::test]
async fn a_renewal_longer_than_the_lease_keeps_it() {
    for database in databases().await {
        const LEASE: Duration = Duration::from_millis(300);
        let (one, other) = (database.start().await, database.start().await);
        let (id, grants) = connected(&one).await;
        let (store, account) = (other.app.provision.store().clone(), id.clone());
        let slow: Renewal = Box::new(move |_| {
            Box::pin(async move {
                let begun = Instant::now();
                while begun.elapsed() < LEASE * 4 {
                    assert!(
                        !store.lease_grant(account.as_str(), b"", "another", LEASE).await.unwrap(),
                        "after {:?}",
                        begun.elapsed()
                    );
                }
                Ok(Renewed::New(grant("one")))
            })
        });
        assert_eq!(
            grants.with_lease(LEASE).renew(slow).await.unwrap().access_token.expose_secret(),
            "one"
        );
        assert!(
            other
                .app
                .provision
                .store()
                .lease_grant(id.as_str(), b"", "another", LEASE)
                .await
                .unwrap()
        );
    }
}
