//! `/audit`: who created, changed and revoked what; as a page and as files.

mod acts;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use self::acts::{Row, WORDS, rows};
use super::chrome::{Chrome, Section};
use super::exposure::counted;
use super::form::Form;
use super::lists::{Paged, Pager};
use super::session::SignedIn;
use super::{Answer, Failure, page};
use crate::admin::audit;
use crate::admin::export::Format;
use crate::admin::input::{Paging, Query};
use crate::app::App;
use crate::bound;
use crate::provision::AuditFilter;

/// How much of a value that is wrong is repeated, in bytes.
const VALUE: usize = 80;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    chrome: Chrome,
    summary: String,
    filter: Filter,
    faults: BTreeMap<String, String>,
    /// Names that can be chosen from.
    actors: Vec<String>,
    objects: Vec<String>,
    rows: Vec<Row>,
    pager: Pager,
    /// What the files are asked with.
    query: String,
    zone: String,
}

impl AuditPage {
    fn fault(&self, field: &str) -> Option<&String> {
        self.faults.get(field)
    }
}

/// What a query asks for, as it was typed. Its names are those of the admin API.
#[derive(Debug)]
struct Filter {
    actor: String,
    action: String,
    object: String,
    since: String,
    until: String,
}

impl Filter {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        Self {
            actor: text("actor"),
            action: text("action"),
            object: text("object"),
            since: text("since"),
            until: text("until"),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("actor", &self.actor),
            ("action", &self.action),
            ("object", &self.object),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_empty())
    }

    /// What the admin API would be asked: days become moments.
    fn parameters(&self, zone: &TimeZone) -> Vec<(&'static str, String)> {
        let given = self.fields().into_iter().filter(|(_, value)| !value.is_empty());
        let moments = given.map(|(name, value)| {
            let day = match name {
                "since" => day(value, 0, zone),
                "until" => day(value, 1, zone),
                _ => None,
            };
            (name, day.unwrap_or_else(|| value.to_owned()))
        });
        moments.collect()
    }

    /// The day of a field for a date: as it was typed, or that of a moment.
    fn shown(value: &str, zone: &TimeZone) -> String {
        let moment = value.parse::<Timestamp>().ok();
        moment.map_or_else(|| value.to_owned(), |at| at.to_zoned(zone.clone()).date().to_string())
    }
}

/// The moment when a day begins, or one that is so many days later.
fn day(text: &str, later: i64, zone: &TimeZone) -> Option<String> {
    let date = Date::strptime("%Y-%m-%d", text).ok()?.checked_add(later.days()).ok()?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp().to_string())
}

/// Reads the filter as the admin API does, and says what is wrong with each field.
async fn read(
    app: &App,
    mut parameters: Vec<(&'static str, String)>,
    faults: &mut BTreeMap<String, String>,
) -> Result<AuditFilter, Failure> {
    loop {
        let problem = match audit::filter(app, Query::of(&parameters)).await {
            Ok(filter) => return Ok(filter),
            Err(problem) => problem,
        };
        let Some((name, detail)) = problem.of_parameter() else { return Err(problem.into()) };
        // Without it, the next fault shows.
        let index = parameters.iter().position(|(given, _)| *given == name);
        let Some(index) = index else { return Err(problem.into()) };
        let (_, value) = parameters.swap_remove(index);
        faults.insert(name.to_owned(), fault(name, &value, detail));
    }
}

/// What is wrong with a field, as a sentence.
fn fault(name: &str, value: &str, detail: &str) -> String {
    let value = bound::cut(value, VALUE);
    match (name, detail) {
        ("until", "must be later than since") => {
            "The last day cannot be before the first.".to_owned()
        }
        ("since" | "until", _) => format!("“{value}” is no day such as 2026-12-31."),
        _ => format!("“{value}” {detail}."),
    }
}

/// `GET /audit`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let (mut filter, paged) = (Filter::of(&form), Paged::of(&form));
    let mut faults = BTreeMap::new();
    let read = read(&app, filter.parameters(&signed_in.zone), &mut faults).await?;
    let found = if faults.is_empty() {
        Some(audit::page(&app, read, paged.after.clone(), Paged::LIMIT).await?)
    } else {
        None
    };
    let (items, next) = found.map_or_else(Default::default, |page| (page.items, page.next));
    let ids: HashSet<String> = items.iter().map(|act| act.object.id.clone()).collect();
    let existing = app.provision.existing(&ids.into_iter().collect::<Vec<_>>()).await?;
    let [actors, objects] = app.provision.names_in_acts().await?;
    let fields = filter.fields();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    let links = paged.pager(next.as_ref(), &fields);
    let acts = counted(items.len(), "act", "acts");
    let summary = match (faults.is_empty(), filter.is_empty(), next.is_some()) {
        (false, ..) => "Nothing is shown until the filter below is mended.".to_owned(),
        (_, _, true) => format!("{acts} on this page, newest first; more follow."),
        (_, true, _) => format!("{acts}, newest first."),
        (_, false, _) => format!("{acts} fit, newest first."),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let rows = rows(&app, &signed_in, items, &existing.into_iter().collect());
    filter.since = Filter::shown(&filter.since, &signed_in.zone);
    filter.until = Filter::shown(&filter.until, &signed_in.zone);
    let mut response = page(&AuditPage {
        chrome: Chrome::of(&app, &signed_in, Section::Audit),
        summary,
        filter,
        faults,
        actors,
        objects,
        rows,
        pager: links,
        query,
        zone: signed_in.zone.iana_name().unwrap_or("UTC").to_owned(),
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// `GET /audit.csv`.
pub(super) async fn csv(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    query: RawQuery,
) -> Answer {
    file(app, signed_in, query, Format::Csv).await
}

/// `GET /audit.jsonl`.
pub(super) async fn jsonl(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    query: RawQuery,
) -> Answer {
    file(app, signed_in, query, Format::Jsonl).await
}

/// All acts that the table of the same query has on its pages.
async fn file(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
    format: Format,
) -> Result<Response, Failure> {
    let filter = Filter::of(&Form::of_query(query.as_deref()));
    let parameters = filter.parameters(&signed_in.zone);
    let filter = audit::filter(&app, Query::of(&parameters)).await?;
    Ok(audit::answer(&app, filter, Paging::WHOLE, format).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_reader() {
        let zone = crate::when::zone("Europe/Berlin").unwrap();
        assert_eq!(day("2026-12-31", 0, &zone).as_deref(), Some("2026-12-30T23:00:00Z"));
        assert_eq!(day("2026-03-28", 1, &zone).as_deref(), Some("2026-03-28T23:00:00Z"));
        assert_eq!(day("2026-03-29", 1, &zone).as_deref(), Some("2026-03-29T22:00:00Z"));
        for none in ["", "yesterday", "2026-02-30", "9999-12-31T"] {
            assert_eq!(day(none, 1, &zone), None, "{none}");
        }
        assert_eq!(day("9999-12-31", 1, &zone), None);
        assert_eq!(Filter::shown("2026-12-30T23:30:00Z", &zone), "2026-12-31");
        assert_eq!(Filter::shown("x", &zone), "x");
    }
}
