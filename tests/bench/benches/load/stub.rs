//! A vendor that answers at once, with bodies of about 2 KB as Torii and Ironclad send them.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::serve;

/// Serves the vendor; or, where a body is given, that body to whoever asks for anything.
pub(crate) async fn serve(only: Option<Bytes>) -> anyhow::Result<()> {
    let (users, workflows, app) = (
        Bytes::from(users().to_string()),
        Bytes::from(workflows().to_string()),
        Bytes::from(app().to_string()),
    );
    serve::serve(move |request: Request<Incoming>| {
        let body = match (&only, request.method(), request.uri().path()) {
            (Some(body), _, _) => body,
            (None, &Method::GET, path) if path.ends_with("/workflows") => &workflows,
            (None, &Method::GET, _) => &users,
            _ => &app,
        };
        let mut response = Response::new(Full::new(body.clone()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        async move {
            // A body that is not read would cost the connection.
            let _ = request.into_body().collect().await;
            response
        }
    })
    .await
}

/// A page of Torii's users.
fn users() -> Value {
    let user = |id: u32| {
        json!({
            "id": id, "idOrg": 1, "firstName": "Ada", "lastName": "Byron", "email": format!("ada.{id}@example.com"),
            "creationTime": "2025-03-01T09:30:00.000Z", "idRole": 4, "role": "Member", "lifecycleStatus": "active",
            "isDeletedInIdentitySources": false, "isExternal": false, "activeAppsCount": 17, "additionalEmails": [],
        })
    };
    json!({"users": (1..=7).map(user).collect::<Vec<_>>(), "count": 7, "total": 7})
}

/// A page of Ironclad's workflows.
fn workflows() -> Value {
    let workflow = |id: u32| {
        json!({
            "id": format!("65f0{id:020x}"), "title": "Mutual NDA with Example Corp", "template": "65f0a1b2c3d4e5f6a7b8c9d0",
            "step": "Review", "status": "active", "created": "2025-03-01T09:30:00.000Z", "lastUpdated": "2025-03-02T10:00:00.000Z",
            "attributes": {"counterpartyName": "Example Corp", "agreementDate": "2025-03-01T00:00:00.000Z"}, "isRevisionActive": false,
        })
    };
    json!({"page": 0, "pageSize": 20, "count": 6, "list": (1..=6).map(workflow).collect::<Vec<_>>()})
}

/// An app of Torii's that has just been added.
fn app() -> Value {
    let field = |id: u32| json!({"id": id, "name": format!("Custom field {id}"), "type": "singleLine", "value": "a value of some length"});
    json!({
        "app": {
            "id": 7, "name": "Example", "state": "discovered", "category": "Productivity", "url": "https://example.com",
            "description": "An application that people use", "primaryOwner": {"id": 1, "email": "ada@example.com"},
            "fields": (1..=18).map(field).collect::<Vec<_>>(),
        }
    })
}
