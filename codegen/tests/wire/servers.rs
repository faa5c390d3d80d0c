//! Whole requests: URL, credentials and encoded bodies, as far as the socket.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use futures_util::FutureExt;
use serde_json::json;
use support::export::{Bytes, HeaderMap, StatusCode};
use support::outgoing::Target;
use support::{Operation, Response, StreamingResponse, TransportError};
use wires::client::Client;
use wires::credentials::Credentials;
use wires::{API, operations, types};

use super::wires as lowered;

fn url(target: &Target, operation: &str, arguments: serde_json::Value) -> String {
    target.complete(lowered(operation, arguments).unwrap()).unwrap().uri().to_string()
}

#[test]
fn requests_go_to_the_servers_of_the_document_unless_told_otherwise() {
    let target = Target::new(&API).credentials(Credentials::new().bearer("t"));
    assert_eq!(
        url(&target, "pathSimple", json!({"id": "x"})),
        "https://eu.example.com/base/simple/x/end"
    );
    assert_eq!(url(&target, "elsewhere", json!({})), "https://files.example.com/v2/elsewhere");
    assert_eq!(API.origins.iter().map(|origin| origin.region).collect::<Vec<_>>(), ["eu", "us"]);
    let target = target.origin("http://localhost:8080/");
    assert_eq!(url(&target, "elsewhere", json!({})), "http://localhost:8080/v2/elsewhere");
}

fn completed(
    credentials: Credentials,
    operation: &str,
    arguments: serde_json::Value,
) -> Result<(String, HeaderMap), TransportError> {
    let request = Target::new(&API)
        .credentials(credentials)
        .complete(lowered(operation, arguments).unwrap())?;
    let (parts, _) = request.into_parts();
    Ok((parts.uri.query().unwrap_or_default().to_owned(), parts.headers))
}

#[test]
fn credentials_satisfy_one_alternative_wholly() {
    let secured =
        |credentials| completed(credentials, "secured", json!({"q": "1", "c": "2"})).unwrap();
    let all = Credentials::new().query_key("a b&c=/+").cookie_key("s%/=+; x").header_key("k");
    let (query, headers) = secured(all.clone());
    assert_eq!(query, "q=1&api_key=a%20b%26c%3D%2F%2B");
    assert_eq!(headers["cookie"], "c=2; session=s%25/=+%3B%20x");
    assert_eq!(headers["x-key"], "k");
    assert!(!headers.contains_key("authorization"));

    let (_, headers) = secured(Credentials::new().query_key("alone").basic_auth("ü", "p:q"));
    assert_eq!(headers["authorization"], "Basic w7w6cDpx");
    assert!(!headers.contains_key("x-key"));
    let (_, headers) = secured(Credentials::new().oauth("t"));
    assert_eq!(headers["authorization"], "Bearer t");
    // Optional: what fits is sent, and nothing where nothing fits.
    let (query, headers) = secured(Credentials::new().digest("d"));
    assert_eq!((query.as_str(), headers.contains_key("authorization")), ("q=1", false));
}

#[test]
fn an_operation_without_security_sends_no_credentials_and_its_own_parameters() {
    let (query, headers) = completed(
        Credentials::new().bearer("t").query_key("k"),
        "unsecured",
        json!({"api_key": "mine"}),
    )
    .unwrap();
    assert_eq!((query.as_str(), headers.contains_key("authorization")), ("api_key=mine", false));
    let (_, headers) = completed(Credentials::new().bearer("t"), "inherited", json!({})).unwrap();
    assert_eq!(headers["authorization"], "Bearer t");
    assert!(headers["authorization"].is_sensitive());
    let missing = completed(Credentials::new(), "inherited", json!({})).unwrap_err();
    assert_eq!(missing.to_string(), "no credential for bearer");
}

/// One exchange over a socket, in place of an HTTP library.
async fn exchange(
    request: http::Request<Bytes>,
) -> Result<StreamingResponse, Box<dyn Error + Send + Sync>> {
    let mut socket = TcpStream::connect(request.uri().authority().unwrap().as_str())?;
    let mut head = format!(
        "{} {} HTTP/1.1\r\nconnection: close\r\n",
        request.method(),
        request.uri().path_and_query().unwrap()
    );
    for (name, value) in request.headers() {
        head.extend([name.as_str(), ": ", value.to_str()?, "\r\n"]);
    }
    socket.write_all(head.as_bytes())?;
    socket.write_all(b"\r\n")?;
    socket.write_all(request.body())?;
    socket.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let status: StatusCode = answer.split(' ').nth(1).unwrap().parse()?;
    Ok(StreamingResponse::from(Response { status, headers: HeaderMap::new(), body: Bytes::new() }))
}

#[test]
fn a_client_calls_over_a_transport_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut seen = String::new();
        socket.read_to_string(&mut seen).unwrap();
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        seen
    });
    let target = Target::new(&API)
        .origin(format!("http://{address}"))
        .credentials(Credentials::new().bearer("t"));
    let client = Client::new(std::sync::Arc::new(target.transport(exchange)));
    let body = types::ElsewhereBody::new().a("1\r\n--");
    client.elsewhere(&operations::Elsewhere::new(body)).now_or_never().unwrap().unwrap();
    let seen = server.join().unwrap();
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v2/elsewhere HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nauthorization: Bearer t"), "{head}");
    let boundary = head
        .split("content-type: multipart/form-data; boundary=")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--\r\n--{boundary}--\r\n"
    );
    assert_eq!(body, expected);
    assert_eq!(operations::Elsewhere::INFO.origin, Some("https://files.example.com"));
}
