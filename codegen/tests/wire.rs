//! What the generated operations put on the wire, judged against the description of each API.

#[path = "wire/answers.rs"]
mod answers;
#[path = "wire/bodies.rs"]
mod bodies;
#[path = "wire/kept.rs"]
mod kept;
#[path = "wire/servers.rs"]
mod servers;
#[path = "wire/styles.rs"]
mod styles;

use constructs::tools::TOOLS;
use constructs::{API, client::Client, credentials::Credentials, operations, types};
use serde_json::{Value, json};
use support::export::BoxFuture;
use support::request::Body;
use support::{Operation, Request, Response, StreamingResponse, Transport, TransportError};

fn lowered(tool: &str, arguments: Value) -> Result<Request, String> {
    let tool = API.tool(tool).expect("a tool of the construct API");
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    (tool.request)(tool, arguments).map_err(|error| error.to_string())
}

/// The request of an operation of `golden/wires.yaml`, by way of its tool.
fn wires(operation: &str, arguments: Value) -> Result<Request, String> {
    let tool = wires::API
        .tools
        .iter()
        .find(|tool| tool.operation.id == operation)
        .expect("an operation of the document");
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    (tool.request)(tool, arguments).map_err(|error| error.to_string())
}

fn text(request: &Request) -> String {
    match &request.body {
        Body::Full { content, .. } => String::from_utf8_lossy(content).into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_are_sorted_and_their_schemas_are_json() {
    assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
    for tool in TOOLS {
        let schemas: Value = serde_json::from_str(tool.schemas).unwrap();
        assert!(
            ["input", "full", "output"].iter().all(|key| schemas[key]["type"] == "object"),
            "{}",
            tool.name
        );
    }
}

#[test]
fn parameters_go_where_they_belong() {
    let request = lowered(
        "constructs_list_pets",
        json!({"page": 2, "state": "open", "deep": {"side": 1, "kind": "square"}, "comma": ["a b", 1], "json": "x", "X-Asker": "me", "session": "s t"}),
    )
    .unwrap();
    assert_eq!(request.path(), "/pets");
    assert_eq!(
        request.query(),
        "form=launch&page=2&deep%5Bkind%5D=square&deep%5Bside%5D=1&comma=a%20b,1&json=%22x%22&state=open"
    );
    assert_eq!(request.headers["x-asker"], "me");
    assert_eq!(request.headers["x-flag"], "true");
    assert_eq!(request.headers["cookie"], "session=s%20t");
    assert_eq!(
        lowered("constructs_list_pets", json!({})).unwrap_err(),
        "arguments do not fit: missing field `state`"
    );
    assert_eq!(
        lowered("constructs_get_pet", json!({"id": "a/../b?c"})).unwrap().path(),
        "/pets/a%2F..%2Fb%3Fc"
    );
    assert_eq!(operations::GetPet::new("1").request().unwrap().path(), "/pets/1");
    assert_eq!(
        lowered("constructs_get_photo", json!({"ids": "7"})).unwrap().path(),
        "/pets/.7/photo"
    );
    assert!(lowered("constructs_get_pet", json!({"id": ".."})).is_err());
}

#[test]
fn bodies_are_encoded_by_media_type() {
    let json = lowered(
        "constructs_update_pet",
        json!({"id": "1", "name": null, "data_body": "aGk=", "unknown": [1]}),
    )
    .unwrap();
    assert_eq!(text(&json), r#"{"name":null,"data":"aGk=","unknown":[1]}"#);
    assert!(matches!(
        lowered("constructs_update_pet", json!({"id": "1"})).unwrap().body,
        Body::Empty
    ));
    let form =
        lowered("constructs_form", json!({"body": {"name": "a b", "map": {"k": [1]}, "more": 1}}))
            .unwrap();
    assert_eq!(text(&form), "name=a%20b&map=%7B%22k%22%3A%5B1%5D%7D&more=1");
    assert_eq!(
        text(&lowered("constructs_text", json!({"body": "plain \"text\""})).unwrap()),
        "plain \"text\""
    );
    let bytes =
        lowered("constructs_bytes", json!({"body": {"name": "a.bin", "content_base64": "AAE="}}))
            .unwrap();
    assert!(
        matches!(bytes.body, Body::Full { content_type, content } if content_type == "application/octet-stream" && content[..] == [0, 1])
    );
}

#[test]
fn multipart_bodies_have_a_part_for_each_file_and_item() {
    let file = json!({"name": "a.txt", "content_base64": "YQ=="});
    let request = lowered(
        "constructs_upload",
        json!({"file": file, "more": [file, file], "title": "t", "labels": ["x", "y"]}),
    )
    .unwrap();
    let Body::Multipart(parts) = request.body else { panic!("multipart") };
    let seen: Vec<_> = parts
        .iter()
        .map(|part| (part.name.as_str(), part.file_name.as_deref(), part.content.as_ref()))
        .collect();
    let file = Some("a.txt");
    assert_eq!(
        seen,
        [
            ("file", file, b"a".as_ref()),
            ("more", file, b"a"),
            ("more", file, b"a"),
            ("title", None, b"t"),
            ("labels", None, b"x"),
            ("labels", None, b"y")
        ]
    );
}

/// Answers every request in turn with one of a few bodies.
struct Script(std::sync::Mutex<Vec<(u16, &'static str)>>, std::sync::Mutex<Vec<String>>);

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        self.1.lock().expect("no test panicked").push(request.path_and_query());
        let (status, body) = self.0.lock().expect("no test panicked").remove(0);
        Box::pin(async move { Ok(answer(status, body).into_streaming()) })
    }
}

trait IntoStreaming {
    fn into_streaming(self) -> StreamingResponse;
}

impl IntoStreaming for Response {
    fn into_streaming(self) -> StreamingResponse {
        let body = futures_util::stream::iter([Ok(self.body)]);
        StreamingResponse { status: self.status, headers: self.headers, body: Box::pin(body) }
    }
}

fn answer(status: u16, body: &'static str) -> Response {
    Response {
        status: status.try_into().expect("a status"),
        headers: support::export::HeaderMap::default(),
        body: body.into(),
    }
}

#[test]
fn lists_go_on_to_their_end() {
    use futures_util::StreamExt;
    let page =
        |n: i64| format!(r#"{{"items":[{{"id":{n},"name":"n","ownerId":null}}],"total":2}}"#);
    let script = Script(
        std::sync::Mutex::new(vec![(200, page(1).leak()), (200, page(2).leak())]),
        std::sync::Mutex::default(),
    );
    let transport = std::sync::Arc::new(script);
    let client = Client::new(transport.clone());
    let call = operations::ListPets::new(types::State::Open).pagesize(1);
    let pets: Vec<_> =
        futures_util::FutureExt::now_or_never(client.list_pets_all(call).collect::<Vec<_>>())
            .unwrap();
    assert_eq!(pets.into_iter().map(|pet| pet.unwrap().id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        *transport.1.lock().unwrap(),
        [
            "/pets?form=launch&pageSize=1&state=open",
            "/pets?form=launch&page=1&pageSize=1&state=open"
        ]
    );
}

#[test]
fn answers_are_decoded_by_status() {
    let created = operations::CreatePet::success(&answer(202, "\"open\"")).unwrap();
    assert_eq!(created, operations::CreatePetAnswer::Accepted(types::State::Open));
    assert!(operations::CreatePet::success(&answer(299, "{}")).is_err());
    let failure = operations::GetPet::failure(&answer(503, r#"{"message":"m"}"#)).unwrap();
    assert!(matches!(failure, operations::GetPetFailure::Range5xx(_)));
    assert_eq!(operations::GetPet::failure(&answer(400, "<html>")), None);
    assert_eq!(operations::GetPet::success(&answer(204, "")).unwrap(), None);
}

#[test]
fn credentials_are_typed() {
    let credentials: support::Credentials = Credentials::new().basic_auth("u", "p").key("k").into();
    let mut request = lowered("constructs_text", json!({"body": ""})).unwrap();
    credentials.apply(API.schemes, &mut request).unwrap();
    assert_eq!(request.headers["authorization"], "Basic dTpw");
    assert_eq!(request.headers["x-key"], "k");
}
