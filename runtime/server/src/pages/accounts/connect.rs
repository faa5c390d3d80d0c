//! The way through a vendor's own pages, where a person lets us in, and back.
//!
//! A form may not lead to another site (`form-action 'self'`), so what answers it is a page that
//! goes on by itself. The way back comes from another site and thus without our cookie: it ends on
//! a page that anybody may see, which goes on to the account's.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};

use super::Of;
use super::head::title;
use crate::admin::Problem;
use crate::admin::connect::{Begun, authorize, come_back, connected};
use crate::admin::input::Query;
use crate::app::App;
use crate::host_policy::CallerAddress;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::form::Form;
use crate::pages::session::{SignedIn, nobody};
use crate::pages::{Answer, POLICY, page};

/// A page on the way to a vendor or back.
#[derive(Template)]
#[template(path = "account_way.html")]
struct WayPage {
    chrome: Chrome,
    title: String,
    words: String,
    /// Where it goes on.
    target: String,
    action: String,
    /// Whether it goes on by itself.
    at_once: bool,
    bad: bool,
}

/// `POST /accounts/{id}/connect`: to the vendor.
pub(in crate::pages) async fn begin(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    _: Form,
) -> Answer {
    let url = authorize(&app, &account.id, &signed_in.actor(), Begun::Page).await?;
    let title = title(&app, &account);
    page(&WayPage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        title: format!("On to {title}"),
        words: format!(
            "{title} asks you to sign in and to let Drawbridge in. You have 10 minutes; then you come back here."
        ),
        target: url.to_string(),
        action: format!("Go on to {title}"),
        at_once: true,
        bad: false,
    })
}

/// `GET /oauth/callback`: back from the vendor, to the page or to the admin API's answer.
pub(in crate::pages) async fn finish(
    State(app): State<Arc<App>>,
    address: Option<Extension<CallerAddress>>,
    mut query: Query,
) -> Response {
    let Some(state) = query.take("state") else {
        return Problem::parameter("state", "is missing").into_response();
    };
    let address = address.map(|Extension(CallerAddress(address))| address);
    let came = come_back(&app, address, &state, query).await;
    match (Begun::of(&state), came) {
        (Begun::Api, Ok(back)) => match back.outcome {
            Ok(()) => connected(),
            Err(problem) => problem.into_response(),
        },
        (Begun::Api, Err(problem)) => problem.into_response(),
        (Begun::Page, came) => {
            let (path, problem) = match came {
                Ok(back) => (format!("/accounts/{}", back.account), back.outcome.err()),
                Err(problem) => ("/accounts".to_owned(), Some(problem)),
            };
            came_back(&app, &path, problem)
        }
    }
}

/// The page that a browser comes back to.
fn came_back(app: &App, path: &str, problem: Option<Problem>) -> Response {
    let target = format!("{}{path}", app.base_path());
    let (status, title, words) = match &problem {
        None => (StatusCode::OK, "Connected", "The vendor let us in.".to_owned()),
        Some(problem) if problem.status() == StatusCode::NOT_FOUND => (
            StatusCode::NOT_FOUND,
            "This way has ended",
            "It is good once, and for 10 minutes. Nothing was changed: open the account and begin again.".to_owned(),
        ),
        Some(problem) => (
            problem.status(),
            "The account is not connected",
            format!("Nothing was changed. The reason: {}.", problem.words().trim_end_matches('.')),
        ),
    };
    let shown = WayPage {
        chrome: nobody(app, String::new()),
        title: title.to_owned(),
        words,
        target: if problem.is_none() { format!("{target}?connected=1") } else { target },
        action: "Back to the account".to_owned(),
        at_once: problem.is_none(),
        bad: problem.is_some(),
    };
    let mut response = (status, Html(shown.render().unwrap_or_default())).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
