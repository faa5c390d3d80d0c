//! A bare reverse proxy on the libraries that the program itself uses: hyper in front, reqwest
//! towards the vendor.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::serve;

/// Hands every request to `upstream` (host:port) and its answer back, bodies streamed.
pub(crate) async fn serve(upstream: String) -> anyhow::Result<()> {
    let client = client()?;
    let origin: Arc<str> = format!("http://{upstream}").into();
    serve::serve(move |request| {
        let (client, origin) = (client.clone(), Arc::clone(&origin));
        async move { forward(&client, &origin, request).await.unwrap_or_else(|_| broken()) }
    })
    .await
}

async fn forward(
    client: &reqwest::Client,
    origin: &str,
    request: Request<Incoming>,
) -> anyhow::Result<Response<reqwest::Body>> {
    let (mut head, body) = request.into_parts();
    let url =
        format!("{origin}{}", head.uri.path_and_query().map_or("/", |target| target.as_str()));
    drop_hops(&mut head.headers);
    let body = body.collect().await?.to_bytes();
    let answer = client.request(head.method, url).headers(head.headers).body(body).send().await?;
    let mut answer: Response<reqwest::Body> = answer.into();
    drop_hops(answer.headers_mut());
    Ok(answer)
}

/// Headers of one connection (RFC 9110 section 7.6.1).
fn drop_hops(headers: &mut HeaderMap) {
    for name in [CONNECTION, HOST, TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

fn broken() -> Response<reqwest::Body> {
    let mut response = Response::new(reqwest::Body::default());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

/// As the program sets its own client up.
fn client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    let builder = builder
        .tcp_nodelay(true)
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(256);
    builder.build().context("no HTTP client")
}
