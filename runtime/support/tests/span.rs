//! What a call of the ready transport leaves in traces: alone in its program, since what is traced is
//! decided once for all threads.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod vendor;

use std::sync::{Arc, Mutex};

use support::api::Api;
use support::client::Builder;
use support::security::{NamedScheme, SecurityScheme};
use support::{OperationInfo, Request};

use vendor::{Vendor, reply};

static ACME: Api = Api {
    slug: "acme",
    schemes: &[NamedScheme { name: "key", scheme: SecurityScheme::ApiKeyQuery("api_key") }],
    ..Api::EMPTY
};
static GET: OperationInfo = OperationInfo {
    id: "getThing",
    method: http::Method::GET,
    path: "/things",
    segments: &[support::Segment::Literal("/things")],
    origin: None,
    accept: "",
    security: &[&["key"]],
};

#[tokio::test]
async fn a_call_leaves_a_span_without_what_is_secret() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let vendor = Vendor::start(|_| reply(404, "told")).await;
    let builder = Builder::new(&ACME, "acme/1.0").base_url(&vendor.url).api_key("canary");
    let request = Request::builder(&GET).build().unwrap();
    assert_eq!(builder.build().unwrap().send(request).await.unwrap().status, 404);
    assert_eq!(vendor.last().path, "/things?api_key=canary");
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let own: Vec<_> = lines.lines().filter(|line| line.contains("support::client")).collect();
    let [line] = own.as_slice() else { panic!("{lines}") };
    for part in ["operation=\"getThing\"", "method=GET", "status=404", "duration_ms="] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("canary") && !line.contains("told") && !line.contains("127.0.0.1"));
}
