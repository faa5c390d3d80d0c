//! The OAuth server: grants, rotation, expiry, revocation.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::harness::{Answered, PUBLIC, sandbox, send};
use crate::Sandbox;

async fn token(sandbox: &Sandbox, body: &str) -> Answered {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("{body}&client_id=sandbox-client&client_secret=sandbox-client-secret");
    send(sandbox, "POST", "/oauth/token", &headers, body.into_bytes()).await
}

async fn with(sandbox: &Sandbox, token: &Value, extra: &[(&str, &str)]) -> Answered {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend_from_slice(extra);
    send(sandbox, "GET", &format!("{PUBLIC}/workflows"), &headers, Vec::new()).await
}

#[tokio::test]
async fn client_credentials_need_an_acting_user() {
    let sandbox = sandbox();
    let basic = format!("Basic {}", STANDARD.encode("sandbox-client:sandbox-client-secret"));
    let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
    let body =
        json!({ "grant_type": "client_credentials", "scope": "public.workflows.readWorkflows" })
            .to_string();
    let answer = send(&sandbox, "POST", "/oauth/token", &headers, body.into_bytes()).await.ok();
    assert_eq!((&answer["token_type"], answer.get("refresh_token")), (&json!("Bearer"), None));
    let token = &answer["access_token"];
    assert_eq!(with(&sandbox, token, &[]).await.status, 400);
    assert_eq!(
        with(&sandbox, token, &[("x-as-user-email", "maya.cohen@acme.example")]).await.status,
        200
    );
    assert_eq!(
        with(&sandbox, token, &[("x-as-user-email", "nobody@acme.example")]).await.status,
        400
    );
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let headers =
        [("authorization", bearer.as_str()), ("x-as-user-email", "maya.cohen@acme.example")];
    let lacking = send(&sandbox, "GET", &format!("{PUBLIC}/records"), &headers, Vec::new()).await;
    assert_eq!((lacking.status, &lacking.body["code"]), (403, &json!("FORBIDDEN")));
}

#[tokio::test]
async fn wrong_clients_and_grants_are_refused() {
    let sandbox = sandbox();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let wrong = b"grant_type=client_credentials&client_id=sandbox-client&client_secret=no".to_vec();
    let refused = send(&sandbox, "POST", "/oauth/token", &headers, wrong).await;
    assert_eq!((refused.status, &refused.body["error"]), (403, &json!("unauthorized_client")));
    let refused = token(&sandbox, "grant_type=client_credentials&scope=no.such").await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("invalid_scope")));
    let refused = token(&sandbox, "grant_type=refresh_token&refresh_token=x").await;
    assert_eq!((refused.status, &refused.body["error"]), (403, &json!("invalid_grant")));
}

async fn authorized(sandbox: &Sandbox) -> Value {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(b"verifier"));
    let path = format!(
        "/oauth/authorize?response_type=code&client_id=sandbox-client&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&state=s1&code_challenge={challenge}&code_challenge_method=S256"
    );
    let answer = send(sandbox, "GET", &path, &[], Vec::new()).await;
    assert_eq!(answer.status, 302);
    let location = url::Url::parse(answer.header("location")).unwrap();
    let value =
        |name: &str| location.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(value("state"), "s1");
    let code = value("code");
    let body = format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&code_verifier=verifier"
    );
    let answer = token(sandbox, &body).await.ok();
    assert_eq!(
        token(sandbox, &body).await.body["error"],
        "invalid_grant",
        "a code is spent by its first use"
    );
    answer
}

#[tokio::test]
async fn refresh_tokens_rotate_and_access_tokens_expire() {
    let sandbox = sandbox();
    let first = authorized(&sandbox).await;
    assert_eq!(with(&sandbox, &first["access_token"], &[]).await.status, 200);
    sandbox.control().advance(Duration::from_secs(3601));
    let expired = with(&sandbox, &first["access_token"], &[]).await;
    assert_eq!((expired.status, &expired.body["message"]), (401, &json!("token has expired")));
    let body = format!(
        "grant_type=refresh_token&refresh_token={}",
        first["refresh_token"].as_str().unwrap()
    );
    let second = token(&sandbox, &body).await.ok();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(token(&sandbox, &body).await.body["error"], "invalid_grant");
    assert_eq!(with(&sandbox, &second["access_token"], &[]).await.status, 200);
    sandbox.control().revoke_grants();
    let revoked = with(&sandbox, &second["access_token"], &[]).await;
    assert_eq!((revoked.status, &revoked.body["message"]), (401, &json!("token has been revoked")));
}

#[tokio::test]
async fn consent_can_be_denied() {
    let sandbox = sandbox();
    sandbox.control().consent(false);
    let path = "/oauth/authorize?response_type=code&client_id=sandbox-client&redirect_uri=http%3A%2F%2Flocalhost%2Fcb";
    let answer = send(&sandbox, "GET", path, &[], Vec::new()).await;
    assert_eq!(answer.header("location"), "http://localhost/cb?error=access_denied");
}
