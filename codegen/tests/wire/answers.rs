//! Answers of every status and media type.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, StreamExt};
use serde_json::Value;
use support::export::{BoxFuture, HeaderMap, StatusCode};
use support::{Error, Operation, Request, Response, StreamingResponse, Transport, TransportError};
use wires::client::Client;
use wires::operations::*;
use wires::types::{Problem, Signal, TextOfFewBody, Thing};

/// Answers every request alike.
struct Always(u16, &'static str, &'static [(&'static str, &'static str)]);

impl Transport for Always {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let headers = self
            .2
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let answer = Response {
            status: self.0.try_into().unwrap(),
            headers,
            body: self.1.as_bytes().into(),
        };
        Box::pin(async move { Ok(answer.into()) })
    }
}

/// Answers with what is asked for.
struct Recorded;

impl Transport for Recorded {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let asked = request.headers["accept"].as_bytes().to_vec();
        let answer =
            Response { status: StatusCode::OK, headers: HeaderMap::new(), body: asked.into() };
        Box::pin(async move { Ok(answer.into()) })
    }
}

fn answered<O: Operation>(
    operation: &O,
    status: u16,
    body: &'static str,
) -> Result<O::Success, Error<O::Failure>> {
    support::send(&Always(status, body, &[]), operation).now_or_never().unwrap()
}

fn failed<O: Operation>(operation: &O, status: u16, body: &'static str) -> Option<O::Failure> {
    match answered(operation, status, body) {
        Err(Error::Api(error)) => error.failure,
        _ => panic!("{status} is no success"),
    }
}

#[test]
fn each_status_has_its_type() {
    let call = AnswersBySeveral::default();
    assert_eq!(
        answered(&call, 200, r#"{"id":1}"#).unwrap(),
        AnswersBySeveralAnswer::Ok(Thing::new(1))
    );
    assert_eq!(answered(&call, 202, "").unwrap(), AnswersBySeveralAnswer::Accepted(()));
    assert_eq!(
        answered(&call, 203, r#"["a"]"#).unwrap(),
        AnswersBySeveralAnswer::NonAuthoritativeInformation(vec!["a".to_owned()])
    );
    assert_eq!(
        answered(&call, 206, "ab").unwrap(),
        AnswersBySeveralAnswer::PartialContent("ab".into())
    );
    assert!(matches!(answered(&call, 200, r#"{"id":"x"}"#), Err(Error::Decode(_))));
    let problem = Problem::new("t");
    assert_eq!(
        failed(&call, 404, r#"{"title":"t"}"#),
        Some(AnswersBySeveralFailure::NotFound(problem))
    );
    assert_eq!(
        failed(&call, 422, r#"["a"]"#),
        Some(AnswersBySeveralFailure::Range4xx(vec!["a".to_owned()]))
    );
    assert_eq!(
        failed(&call, 503, "<p>"),
        Some(AnswersBySeveralFailure::ServiceUnavailable("<p>".to_owned()))
    );
    assert_eq!(
        failed(&call, 500, r#"{"id":2}"#),
        Some(AnswersBySeveralFailure::Other(Thing::new(2)))
    );
    assert_eq!(failed(&call, 404, "<html>"), None);
}

#[test]
fn a_range_and_a_default_are_successes_where_nothing_else_is() {
    assert_eq!(answered(&AnswersOfRange::default(), 299, r#"{"id":1}"#).unwrap(), Thing::new(1));
    assert_eq!(answered(&AnswersByDefault::default(), 200, r#"{"id":1}"#).unwrap(), Thing::new(1));
    assert_eq!(failed(&AnswersByDefault::default(), 400, r#"{"id":1}"#), Some(Thing::new(1)));
}

#[test]
fn null_and_nothing_are_no_faults_where_they_are_declared() {
    for (status, body) in [(200, "null"), (200, ""), (204, "")] {
        assert_eq!(
            answered(&AnswersOrNull::default(), status, body).unwrap(),
            None,
            "{status} {body:?}"
        );
    }
    answered(&AnswersWithoutBody::default(), 200, "").unwrap();
    assert!(matches!(answered(&AnswersOfRange::default(), 200, ""), Err(Error::Decode(_))));
}

#[test]
fn headers_can_be_had() {
    let transport = Always(201, "", &[("location", "/things/1")]);
    let answer = support::answer(&transport, &AnswersWithHeaders::default())
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.headers["location"].to_str().unwrap()),
        (201, "/things/1")
    );
}

#[test]
fn bytes_can_be_streamed_whatever_else_there_may_be() {
    let client = Client::new(Arc::new(Always(206, "abc", &[])));
    let answer = client
        .answers_by_several_stream(&AnswersBySeveral::default())
        .now_or_never()
        .unwrap()
        .unwrap();
    let chunks: Vec<_> = answer.body.map(Result::unwrap).collect().now_or_never().unwrap();
    assert_eq!(chunks, ["abc"]);
}

#[test]
fn what_is_decoded_is_asked_for() {
    assert_eq!(
        AnswersBySeveral::INFO.accept,
        "application/vnd.thing+json, application/json, */*;q=0.8"
    );
    assert_eq!(AnswersByDefault::INFO.accept, "application/scim+json");
    assert_eq!(AnswersOfRange::INFO.accept, "application/json");
    assert_eq!(AnswersOrNull::INFO.accept, "application/json");
    assert_eq!(AnswersWithText::INFO.accept, "text/csv, */*;q=0.8");
    assert_eq!(AnswersWithHeaders::INFO.accept, "*/*");
    assert_eq!(
        failed(&AnswersWithText::default(), 400, r#"{"a":1}"#),
        Some(serde_json::json!({"a": 1}))
    );
    assert_eq!(failed(&AnswersWithHeaders::default(), 400, "7"), Some(Value::from(7)));
}

#[test]
fn a_text_is_read_as_its_type() {
    assert_eq!(answered(&TextOfFew::new(TextOfFewBody::Go), 200, "42\n").unwrap(), 42);
    assert_eq!(answered(&TextOfNumber::new(1), 200, "green").unwrap(), Signal::Green);
    assert!(matches!(
        answered(&TextOfFew::new(TextOfFewBody::Go), 200, "many"),
        Err(Error::Decode(_))
    ));
    assert_eq!(answered(&TextOfLength::new("abc"), 200, "<a/>").unwrap(), "<a/>");
}

#[test]
fn another_media_type_can_be_asked_for() {
    let client = Client::new(Arc::new(Recorded));
    let call = AnswersBySeveral::default();
    let answer = client.answers_by_several_as(&call, "text/csv").now_or_never().unwrap().unwrap();
    let body = answer.collect(100).now_or_never().unwrap().unwrap().body;
    assert_eq!(body, "text/csv");
    assert!(matches!(
        client.answers_by_several_as(&call, "a\nb").now_or_never().unwrap(),
        Err(Error::Encode(_))
    ));
}

/// Answers in turn and keeps the queries that were asked.
struct InTurn(Mutex<Vec<&'static str>>, Mutex<Vec<String>>);

impl Transport for InTurn {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        self.1.lock().unwrap().push(request.query().to_owned());
        let body = self.0.lock().unwrap().remove(0).as_bytes().into();
        let answer = Response { status: StatusCode::OK, headers: HeaderMap::new(), body };
        Box::pin(async move { Ok(answer.into()) })
    }
}

/// The queries of a list from its first call to its end.
fn followed<O: support::Paginated>(call: O, answers: &[&'static str]) -> Vec<String> {
    let transport = InTurn(Mutex::new(answers.to_vec()), Mutex::default());
    let pages: Vec<_> = support::page::pages(&transport, call).collect().now_or_never().unwrap();
    assert!(pages.iter().all(Result::is_ok));
    transport.1.into_inner().unwrap()
}

#[test]
fn a_link_is_followed_by_the_parameter_that_it_holds() {
    let first =
        r#"{"data":[{"id":1}],"links":{"next":"https://api.test/linked?limit=1&cursor=b%3D"}}"#;
    let last = r#"{"data":[{"id":2}],"links":{"next":null}}"#;
    assert_eq!(
        followed(ListLinked::new().limit(1), &[first, last]),
        ["limit=1", "cursor=b%3D&limit=1"]
    );
}

#[test]
fn a_list_goes_on_while_its_answer_says_so() {
    // A page that is not full is not the last where the answer says that more follows.
    let (one, end) = (
        r#"{"data":[{"id":1}],"pagination":{"next_page":2}}"#,
        r#"{"data":[{"id":2},{"id":3}],"pagination":{"next_page":null}}"#,
    );
    assert_eq!(followed(ListNumbered::new(), &[one, end]), ["", "page=2"]);
    let (one, end) = (
        r#"{"data":[{"id":1}],"count":1,"meta":{"has_more":true}}"#,
        r#"{"data":[{"id":2}],"count":1,"meta":{"has_more":false}}"#,
    );
    assert_eq!(followed(ListFlagged::new(), &[one, end]), ["", "offset=1"]);
}
