//! Bad input never breaks the sandbox; staged faults happen as planned.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::harness::{PUBLIC, call, get, sandbox, send};
use crate::contract::Contract;
use crate::{Fault, Sandbox};

#[tokio::test]
async fn no_operation_answers_nonsense_with_a_server_error() {
    let sandbox = sandbox();
    let bodies: [&[u8]; 6] = [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"{\"a\":[1],\"Operations\":[7],\"updates\":[7],\"schemas\":[]}",
    ];
    for (method, template) in Sandbox::operations() {
        for segment in ["x", "%00", "0", "IC-1"] {
            let path: Vec<&str> = template
                .split('/')
                .map(|part| if part.starts_with('{') { segment } else { part })
                .collect();
            for body in bodies {
                let token = if template.starts_with("/v1.0/scim") {
                    "Bearer sandbox-torii-scim-token"
                } else if template.starts_with("/v1.0") {
                    "Bearer sandbox-torii-token"
                } else {
                    "Bearer sandbox-ironclad-token"
                };
                let query = "?page=-1&size=0&cursor=%20&count=x&filter=%28&form=x&q=&filters=%5B&aggs=1&sort=%3A";
                let address = format!("{}{query}", path.join("/"));
                let answer = send(
                    &sandbox,
                    &method,
                    &address,
                    &[("authorization", token), ("content-type", "application/json")],
                    body.to_vec(),
                )
                .await;
                assert!(answer.status < 500, "{method} {address} {body:?}: {}", answer.body);
                assert!(
                    !String::from_utf8_lossy(&answer.bytes).contains("no such route"),
                    "{method} {address}"
                );
            }
        }
    }
}

/// A path of an operation with things that exist.
fn real_path(template: &str, workflow: &str, user: &str) -> String {
    let fill = |part: &str| {
        match part {
            "{idUser}" if template.contains("scim") => "100003",
            "{idUser}" => "100001",
            "{idApp}" => "1001",
            "{idContract}" => "50001",
            "{idTransaction}" => "88001",
            "{idWorkflow}" => "310",
            "{idField}" => "4001",
            "{idAccessRequestPolicy}" => "7001",
            "{userId}" => user,
            "{roleName}" | "{signerRoleName}" => "Internal%20Signer",
            "{key}" => "signedCopy",
            "{attributeId}" => "draft",
            "{id}" if template.contains("/workflows/") => workflow,
            "{id}" if template.contains("/entities/") => "ENTITY-1",
            "{id}" if template.contains("/obligations/") => "OB-1",
            "{id}" => "IC-1",
            _ => "x",
        }
        .to_owned()
    };
    let parts: Vec<String> = template
        .split('/')
        .map(|part| if part.starts_with('{') { fill(part) } else { part.to_owned() })
        .collect();
    parts.join("/")
}

#[tokio::test]
async fn members_of_the_wrong_kind_are_refused_and_never_break_anything() {
    let sandbox = sandbox();
    let judge = Contract::shared(&super::documents::documents());
    let list = get(&sandbox, &format!("{PUBLIC}/workflows?pageSize=100")).await;
    let stages = ["Review", "Sign"];
    let workflows: Vec<String> = stages
        .iter()
        .map(|stage| {
            list["list"].as_array().unwrap().iter().find(|item| item["step"] == *stage).unwrap()
                    ["id"]
                    .as_str()
                    .unwrap()
                    .to_owned()
        })
        .collect();
    let user = get(&sandbox, "/scim/v2/Users?count=2").await["Resources"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let odd = [
        json!(null),
        json!(-1.5),
        json!("x"),
        json!([{}, 7]),
        json!(true),
        json!(["x"]),
        json!({ "message": 1, "value": [] }),
    ];
    for (method, template) in Sandbox::operations()
        .into_iter()
        .filter(|(method, _)| matches!(method.as_str(), "POST" | "PUT" | "PATCH"))
    {
        let stages =
            if template.contains("/workflows/{id}") { &workflows[..] } else { &workflows[..1] };
        for workflow in stages {
            let path = real_path(&template, workflow, &user);
            let members = judge.body_members(&method, &path);
            for first in &odd {
                for second in &odd {
                    let body: serde_json::Map<String, Value> = members
                        .iter()
                        .enumerate()
                        .map(|(index, name)| {
                            (
                                name.clone(),
                                if index % 2 == 0 { first.clone() } else { second.clone() },
                            )
                        })
                        .collect();
                    let answer = call(&sandbox, &method, &path, Value::Object(body)).await;
                    assert!(
                        answer.status < 500,
                        "{method} {path} {first} {second}: {}",
                        answer.body
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn wrong_tokens_are_refused_on_any_path() {
    let sandbox = sandbox();
    for (path, member) in [
        ("/public/api/v1/nowhere", "message"),
        ("/scim/v2/Users", "detail"),
        ("/oauth/userinfo", "message"),
    ] {
        let refused =
            send(&sandbox, "GET", path, &[("authorization", "Bearer wrong")], Vec::new()).await;
        assert_eq!(
            (refused.status, &refused.body[member]),
            (401, &json!("invalid authentication token")),
            "{path}"
        );
    }
    assert_eq!(send(&sandbox, "GET", "/elsewhere", &[], Vec::new()).await.status, 404);
}

#[tokio::test]
async fn faults_meet_the_requests_they_were_planned_for() {
    let sandbox = sandbox();
    let path = format!("{PUBLIC}/workflows");
    sandbox.control().fault(
        &path,
        1,
        Fault::Status {
            status: 503,
            body: json!("busy"),
            headers: vec![("retry-after".into(), "9".into())],
        },
    );
    sandbox.control().fault("/public/*", 1, Fault::Garbage);
    let staged = call(&sandbox, "GET", &path, Value::Null).await;
    assert_eq!(
        (staged.status, staged.header("retry-after"), staged.bytes.as_slice()),
        (503, "9", &b"busy"[..])
    );
    let garbage = call(&sandbox, "GET", &path, Value::Null).await;
    assert_eq!(
        (garbage.status, garbage.header("content-type"), &garbage.body),
        (200, "application/json", &Value::Null)
    );
    assert!(get(&sandbox, &path).await["count"].is_u64());
}

#[tokio::test]
async fn a_dropped_connection_brings_no_answer() {
    let sandbox = sandbox();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(sandbox.clone().serve(listener));
    sandbox.control().fault("/oauth/userinfo", 1, Fault::Drop);
    sandbox.control().fault("/oauth/userinfo", 1, Fault::Truncate);
    let request = b"GET /oauth/userinfo HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut lengths = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        lengths.push(answer.len());
    }
    assert_eq!(lengths[0], 0);
    assert!(lengths[1] > 0);
    server.abort();
    assert_eq!(sandbox.requests().iter().map(|seen| seen.status).collect::<Vec<_>>(), [0, 0]);
}

#[tokio::test]
async fn the_control_routes_do_what_the_handle_does() {
    let sandbox = sandbox();
    let command =
        json!({ "limit": { "name": "/oauth/userinfo", "requests": 0 }, "advance_seconds": 5 });
    assert_eq!(call(&sandbox, "POST", "/_sandbox/control", command).await.status, 200);
    assert_eq!(call(&sandbox, "GET", "/oauth/userinfo", Value::Null).await.status, 429);
    let log = get(&sandbox, "/_sandbox/requests").await;
    assert_eq!((&log[0]["path"], &log[0]["status"]), (&json!("/oauth/userinfo"), &json!(429)));
    assert_eq!(
        call(&sandbox, "POST", "/_sandbox/control", json!({ "nonsense": 1 })).await.status,
        400
    );
}
