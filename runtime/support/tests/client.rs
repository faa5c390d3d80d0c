//! The ready transport against a server on the loopback interface that answers as each test says.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod vendor;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt, future, stream};
use support::api::{ActingUserHeaders, Api, Origin};
use support::client::{BuildError, Builder, Retries};
use support::outgoing::TargetError;
use support::page::{self, By, Page, Place, Style};
use support::security::{NamedScheme, SecurityScheme};
use support::{
    DecodeError, EncodeError, FilePart, Operation, OperationInfo, Paginated, Request,
    StreamingResponse, Transport, TransportError,
};

use vendor::{Vendor, reply};

static ACME: Api = Api {
    slug: "acme",
    title: "Acme",
    origins: &[
        Origin { region: "us1", url: "https://us1.acme.example" },
        Origin { region: "eu1", url: "https://eu1.acme.example" },
    ],
    schemes: &[
        NamedScheme { name: "bearer", scheme: SecurityScheme::Bearer },
        NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyQuery("api_key") },
        NamedScheme { name: "basic", scheme: SecurityScheme::Basic },
        NamedScheme {
            name: "oauth",
            scheme: SecurityScheme::OAuth2 {
                authorization_url: None,
                token_url: Some("https://us1.acme.example/token"),
                scopes: &[],
            },
        },
    ],
    acting_user: Some(ActingUserHeaders { email: Some("x-as-email"), id: Some("x-as-id") }),
    ..Api::EMPTY
};
static OPEN: Api = Api { acting_user: None, ..ACME };

static GET: OperationInfo = operation("getThing", Method::GET);
static PUT: OperationInfo = operation("replaceThing", Method::PUT);
static POST: OperationInfo = operation("createThing", Method::POST);

const fn operation(id: &'static str, method: Method) -> OperationInfo {
    OperationInfo {
        id,
        method,
        path: "/things",
        segments: &[support::Segment::Literal("/things")],
        origin: None,
        accept: "",
        security: &[&["bearer"], &["oauth"], &["key"], &["basic"]],
    }
}

fn builder(api: &'static Api) -> Builder {
    Builder::new(api, "acme/1.0")
}

fn at(vendor: &Vendor) -> Builder {
    builder(&OPEN).base_url(&vendor.url)
}

async fn call(
    client: &Arc<dyn Transport>,
    operation: &'static OperationInfo,
) -> Result<StreamingResponse, TransportError> {
    client.send(Request::builder(operation).build().unwrap()).await
}

async fn status(client: &Arc<dyn Transport>, operation: &'static OperationInfo) -> u16 {
    call(client, operation).await.unwrap().status.as_u16()
}

fn soon() -> Retries {
    Retries::new(2).first_pause(Duration::from_millis(2)).ceiling(Duration::from_secs(5))
}

#[tokio::test]
async fn what_is_safe_is_made_again_and_nothing_is_unless_asked_for() {
    let vendor = Vendor::start(|seen| reply(if seen.nth < 3 { 503 } else { 200 }, "")).await;
    let once = at(&vendor).bearer_token("t").build().unwrap();
    assert_eq!((status(&once, &GET).await, vendor.count()), (503, 1));
    let again = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    assert_eq!((status(&again, &POST).await, vendor.count()), (503, 2));
    assert_eq!((status(&again, &GET).await, vendor.count()), (200, 4));
}

#[tokio::test]
async fn retries_end_at_their_number() {
    let vendor = Vendor::start(|_| reply(502, "down")).await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    let answer = call(&client, &GET).await.unwrap().collect(100).await.unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (StatusCode::BAD_GATEWAY, &b"down"[..]));
    assert_eq!(vendor.count(), 3);
}

#[tokio::test]
async fn the_api_is_given_the_time_that_it_asks_for_up_to_the_ceiling() {
    let vendor = Vendor::start(|seen| {
        let after = if seen.nth == 0 { "1" } else { "6" };
        let mut answer = reply(429, "");
        answer.headers_mut().insert("retry-after", after.parse().unwrap());
        answer
    })
    .await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    let began = Instant::now();
    assert_eq!(status(&client, &GET).await, 429);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(5), "{took:?}");
    assert_eq!(vendor.count(), 2);
}

#[tokio::test]
async fn a_connection_that_fails_is_made_again_for_what_is_safe() {
    let vendor = Vendor::breaking(1).await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    assert_eq!(status(&client, &GET).await, 200);
    let vendor = Vendor::breaking(1).await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    let error = call(&client, &POST).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn one_token_serves_all_who_want_one_at_once() {
    let vendor = Vendor::with_tokens(3600, |_| reply(200, "")).await;
    let client = at(&vendor).client_credentials("i", "s").scopes(["a", "b"]).build().unwrap();
    let calls = (0..8).map(|_| status(&client, &GET));
    assert_eq!(future::join_all(calls).await, [200; 8]);
    let asked = vendor.seen_at("/token");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&scope=a+b&client_id=i&client_secret=s"
    );
    assert!(
        vendor.seen_at("/things").iter().all(|call| call.header("authorization") == "Bearer t0")
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_however_many_calls_it_cost() {
    let refuses = |spent: &'static str| {
        move |seen: &vendor::Seen| {
            let refused = spent == "every" || seen.header("authorization") == spent;
            reply(if refused { 401 } else { 200 }, "")
        }
    };
    let vendor = Vendor::with_tokens(3600, refuses("Bearer t0")).await;
    let client = at(&vendor).client_credentials("i", "s").build().unwrap();
    let calls = (0..8).map(|_| status(&client, &POST));
    assert_eq!(future::join_all(calls).await, [200; 8]);
    assert_eq!(vendor.seen_at("/token").len(), 2);

    let vendor = Vendor::with_tokens(3600, refuses("every")).await;
    let client = at(&vendor).client_credentials("i", "s").build().unwrap();
    assert_eq!(status(&client, &GET).await, 401);
    assert_eq!((vendor.seen_at("/things").len(), vendor.seen_at("/token").len()), (2, 2));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let vendor = Vendor::with_tokens(3600, |_| reply(200, "")).await;
    let client = at(&vendor).client_credentials("i", "s").build().unwrap();
    for (passed, asked) in [(0, 1), (3530, 1), (15, 2)] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(passed)).await;
        tokio::time::resume();
        assert_eq!(status(&client, &GET).await, 200);
        assert_eq!(vendor.seen_at("/token").len(), asked, "after {passed} s more");
    }
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_says_why_without_the_secret() {
    let body = r#"{"error": "invalid_client", "error_description": "not canary"}"#;
    let vendor = Vendor::start(move |_| reply(400, body)).await;
    let client = at(&vendor).client_credentials("i", "canary").build().unwrap();
    let error = call(&client, &GET).await.unwrap_err();
    assert!(matches!(error, TransportError::NeedsReauth(_)));
    assert!(error.to_string().ends_with("invalid_client: not [redacted]"), "{error}");
    assert!(vendor.seen_at("/things").is_empty());
}

#[tokio::test]
async fn calls_carry_what_the_builder_was_given() {
    let vendor = Vendor::start(|_| reply(200, "")).await;
    let at = || builder(&ACME).base_url(&vendor.url);
    let last = async |builder: Builder| {
        assert_eq!(status(&builder.build().unwrap(), &GET).await, 200);
        vendor.last()
    };
    let call = last(at().bearer_token("t").acting_as("7")).await;
    assert_eq!(call.header("authorization"), "Bearer t");
    assert_eq!((call.header("x-as-id"), call.header("x-as-email")), ("7", ""));
    assert_eq!(call.header("user-agent"), "acme/1.0");
    let call = last(at().basic("u", "p").acting_as("a@b.c").user_agent("mine/2")).await;
    assert_eq!(call.header("authorization"), "Basic dTpw");
    assert_eq!((call.header("x-as-id"), call.header("x-as-email")), ("", "a@b.c"));
    assert_eq!(call.header("user-agent"), "mine/2");
    let call = last(at().api_key("k")).await;
    assert_eq!((call.path.as_str(), call.header("authorization")), ("/things?api_key=k", ""));
}

#[test]
fn what_is_missing_or_unknown_is_said_at_once() {
    let says = |builder: Builder| builder.build().err().unwrap().to_string();
    assert_eq!(says(builder(&ACME).region("mars")), "unknown region `mars`; known: us1, eu1");
    assert!(builder(&ACME).region("EU1").build().is_ok());
    assert!(says(builder(&Api::EMPTY)).starts_with("missing: `base_url`"));
    for url in ["api.example.com", "ftp://a", "https://", "/", "http://a?b", "https://u:p@a.b"] {
        let error = builder(&ACME).base_url(url).build().err().unwrap();
        assert!(matches!(error, BuildError::BaseUrl), "{url}: {error}");
    }
    assert!(says(builder(&ACME).client_credentials("i", "s")).starts_with("missing: `acting_as`"));
    assert!(says(builder(&ACME).scopes(["a"])).starts_with("missing: `client_credentials`"));
    let nobody = builder(&OPEN).acting_as("7").build().err().unwrap();
    assert!(matches!(nobody, BuildError::Target(TargetError::ActingUser { .. })), "{nobody}");
    assert!(says(builder(&ACME).user_agent("a\nb")).contains("user agent"));
}

#[tokio::test]
async fn a_mute_host_is_waited_for_no_longer_than_said() {
    let vendor = Vendor::mute().await;
    let client = at(&vendor).bearer_token("t").timeout(Duration::from_millis(50));
    let error = call(&client.retries(soon()).build().unwrap(), &GET).await.unwrap_err();
    assert!(matches!(error, TransportError::Timeout), "{error}");

    let vendor = Vendor::start(|_| {
        let begun = stream::iter([Ok::<_, std::io::Error>("begun")]);
        Response::new(Body::from_stream(begun.chain(stream::pending())))
    })
    .await;
    let client = at(&vendor).bearer_token("t").timeout(Duration::from_millis(50)).build().unwrap();
    let mut body = call(&client, &GET).await.unwrap().body;
    assert_eq!(body.next().await.unwrap().unwrap(), "begun");
    assert!(matches!(body.next().await, Some(Err(TransportError::Timeout))));
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn a_download_is_read_while_it_is_sent() {
    let (send, receive) = tokio::sync::mpsc::unbounded_channel::<&str>();
    let receive = Arc::new(Mutex::new(Some(receive)));
    let vendor = Vendor::start(move |_| {
        let pieces = stream::unfold(receive.lock().unwrap().take().unwrap(), async |mut from| {
            Some((Ok::<_, std::io::Error>(from.recv().await?), from))
        });
        Response::new(Body::from_stream(pieces))
    })
    .await;
    let client = at(&vendor).bearer_token("t").build().unwrap();
    send.send("first").unwrap();
    let mut body = call(&client, &GET).await.unwrap().body;
    assert_eq!(body.next().await.unwrap().unwrap(), "first");
    send.send("second").unwrap();
    assert_eq!(body.next().await.unwrap().unwrap(), "second");
    drop(send);
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn an_upload_is_read_while_it_is_sent_and_sent_once() {
    let vendor = Vendor::start(|_| reply(503, "")).await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    for length in [None, Some(11)] {
        let (mut write, read) = tokio::io::duplex(4);
        let file = FilePart::from_reader("a.txt", read, length).content_type("text/plain");
        let request = Request::builder(&PUT).multipart().part("title", "t").files("file", &file);
        let request = request.build().unwrap();
        let written = async {
            // More than the pipe holds: it ends only because the other end is read meanwhile.
            tokio::io::AsyncWriteExt::write_all(&mut write, b"from afar\r\n").await.unwrap();
            drop(write);
        };
        let (answer, ()) = future::join(client.send(request.clone()), written).await;
        assert_eq!(answer.unwrap().status, 503);
        let seen = vendor.last();
        let (_, boundary) = seen.header("content-type").split_once("boundary=").unwrap();
        assert_eq!(
            seen.body,
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nt\r\n\
                 --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
                 Content-Type: text/plain\r\n\r\nfrom afar\r\n\r\n--{boundary}--\r\n"
            )
        );
        let stated = length.map(|_| seen.body.len().to_string()).unwrap_or_default();
        assert_eq!(seen.header("content-length"), stated);
        let error = client.send(request).await.unwrap_err();
        assert!(matches!(error, TransportError::Unreachable(_)), "{error}");
    }
    assert_eq!(vendor.count(), 2);

    let file = FilePart::from_reader("a", &b"bytes"[..], Some(5));
    let request = Request::builder(&PUT).upload(&["application/pdf"], &file).build().unwrap();
    assert_eq!(client.send(request).await.unwrap().status, 503);
    let seen = vendor.last();
    assert_eq!((seen.body.as_str(), seen.header("content-length")), ("bytes", "5"));
    assert_eq!(seen.header("content-type"), "application/pdf");
    assert!(serde_json::to_string(&file).is_err());
}

/// A list of numbers, two a page.
#[derive(Clone)]
struct Numbers {
    page: i64,
}

impl Operation for Numbers {
    type Success = Vec<i64>;
    type Failure = ();
    const INFO: &'static OperationInfo = &GET;

    fn request(&self) -> Result<Request, EncodeError> {
        Request::builder(&GET).query("page", &self.page).build()
    }
    fn success(response: &support::Response) -> Result<Vec<i64>, DecodeError> {
        support::decode::json(response)
    }
    fn failure(_: &support::Response) -> Option<()> {
        None
    }
}

impl Paginated for Numbers {
    type Item = i64;

    const STYLE: Style =
        Style { by: By::Page { first: 0 }, default_size: Some(2), max_size: None, counted: false };

    fn place(&self) -> Place {
        Place::counted(Self::STYLE, page::count(self.page), None)
    }

    fn at(&self, place: &Place) -> Option<Self> {
        Some(Self { page: place.number(Self::STYLE)? })
    }

    fn open(page: Vec<i64>) -> (Vec<i64>, Page) {
        let said = Page::of(page.len());
        (page, said)
    }
}

#[tokio::test]
async fn a_list_is_asked_for_page_by_page_as_it_is_read() {
    let vendor = Vendor::start(|seen| match seen.nth {
        0 => reply(200, "[1, 2]"),
        1 => reply(502, ""),
        2 => reply(200, "[3, 4]"),
        _ => reply(200, "[5]"),
    })
    .await;
    let client = at(&vendor).bearer_token("t").retries(soon()).build().unwrap();
    let mut all = support::page::all(&*client, Numbers { page: 0 });
    let mut read = Vec::new();
    for asked in [1, 1, 3, 3, 4] {
        read.push(all.next().await.unwrap().unwrap());
        assert_eq!(vendor.count(), asked, "after {read:?}");
    }
    assert!(all.next().await.is_none());
    assert_eq!(read, [1, 2, 3, 4, 5]);
    assert_eq!(vendor.last().path, "/things?page=2");
}

#[tokio::test]
async fn a_failure_does_not_say_the_url() {
    let client = builder(&OPEN).base_url("http://127.0.0.1:1").api_key("canary").build().unwrap();
    let error = call(&client, &GET).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}
