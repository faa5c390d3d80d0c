//! What an address asks of the pages of calls, read as `/call-log` reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::period::{Edge, Period, Span, in_field, moment};
use crate::admin::calls::By;
use crate::app::App;
use crate::bound;
use crate::pages::failure::Failure;
use crate::pages::form::Form;
use crate::pages::lists::Paged;
use crate::provision::{CallFilter, RollupFilter};

/// Every status but that of calls that went well.
pub(super) const FAILED: &str = "failed";
/// How much of what is known an error lists, in bytes: a field offers the rest.
const LISTED: usize = 320;
/// What an address may carry beside filters: where the list goes on, whether it is refreshed, what
/// was shown last, and what only the admin API takes.
const OTHERS: [&str; 5] = ["next_cursor", "live", "seen", "limit", "format"];

/// What was asked for.
#[derive(Debug, Default)]
pub(in crate::pages) struct Asked {
    /// What was typed into the field of each filter.
    typed: BTreeMap<&'static str, String>,
    pub(super) period: Period,
    pub(super) span: Span,
    pub(super) filter: CallFilter,
    /// What is wrong with the filters.
    pub(super) faults: BTreeMap<&'static str, String>,
    /// What is wrong beside any field.
    pub(super) strange: Vec<String>,
    pub(super) paged: Paged,
    /// Whether the page shall not be refreshed.
    pub(super) still: bool,
    /// What a page that is open shows already.
    pub(super) seen: String,
}

impl Asked {
    /// Reads a query; `account` is the one whose calls they are anyway.
    pub(super) async fn of(
        app: &App,
        query: Option<&str>,
        account: Option<&str>,
        (now, zone): (Timestamp, &TimeZone),
    ) -> Result<Self, Failure> {
        let form = Form::of_query(query);
        let mut asked = Self {
            paged: Paged::of(&form),
            still: form.text("live") == "0",
            seen: form.text("seen").to_owned(),
            ..Self::default()
        };
        asked.filter.account = account.map(str::to_owned);
        let filters: Vec<By> =
            By::ALL.into_iter().filter(|by| account.is_none() || *by != By::Account).collect();
        for by in &filters {
            asked.read(app, *by, &form).await?;
        }
        asked.read_period(&form, now, zone);
        let mut known: Vec<&str> = filters.iter().map(|by| by.name()).collect();
        known.extend(["period", "since", "until"]);
        let names = form.names().filter(|name| !known.contains(name) && !OTHERS.contains(name));
        asked.strange = names
            .take(3)
            .map(|name| {
                let name = bound::cut(name, bound::NAME);
                format!("There is no filter “{name}”; there are: {}.", known.join(", "))
            })
            .collect();
        Ok(asked)
    }

    async fn read(&mut self, app: &App, by: By, form: &Form) -> Result<(), Failure> {
        let Some(text) = form.given(by.name()) else { return Ok(()) };
        let shown = bound::cut(text, bound::NAME).into_owned();
        if by == By::Status && text == FAILED {
            self.filter.failed = true;
        } else if let Err(problem) = by.add(app, text, &mut self.filter).await {
            if problem.status() != http::StatusCode::BAD_REQUEST {
                return Err(problem.into());
            }
            let details: Vec<&str> = problem.details().collect();
            self.faults.insert(
                by.name(),
                format!("“{shown}” {}.", bound::cut(&details.join("; "), LISTED)),
            );
        }
        self.typed.insert(by.name(), shown);
        Ok(())
    }

    fn read_period(&mut self, form: &Form, now: Timestamp, zone: &TimeZone) {
        let (since, until) = (form.given("since"), form.given("until"));
        let given = form.given("period");
        self.period = match given.map(Period::of) {
            Some(Some(period)) => period,
            _ if since.or(until).is_some() => Period::Range,
            _ => Period::default(),
        };
        if let Some(unknown) = given.filter(|key| Period::of(key).is_none()) {
            let known = Period::ALL.map(Period::key).join(", ");
            let unknown = bound::cut(unknown, bound::NAME);
            self.faults.insert("period", format!("“{unknown}” is no period; known: {known}."));
        }
        if self.period == Period::Range {
            self.span.since = self.edge("since", since, Edge::Since, zone);
            self.span.until = self.edge("until", until, Edge::Until, zone);
            if self.span.since.zip(self.span.until).is_some_and(|(since, until)| since >= until) {
                self.faults.insert("until", "It must be later than the beginning.".to_owned());
                self.span.until = None;
            }
        } else {
            self.span.since = self.period.since(now, zone);
        }
        self.filter.since = self.span.since.map(Timestamp::as_microsecond);
        self.filter.until = self.span.until.map(Timestamp::as_microsecond);
    }

    fn edge(
        &mut self,
        name: &'static str,
        text: Option<&str>,
        edge: Edge,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let text = text?;
        let read = moment(text, edge, zone);
        let shown = match (&read, crate::fields::moment(text)) {
            // A field shows moments as clocks do.
            (Ok(at), Some(_)) => in_field(*at, zone),
            _ => bound::cut(text, bound::NAME).into_owned(),
        };
        match read {
            // A field for moments takes no others.
            Err(fault) => {
                self.faults.insert(name, format!("“{shown}” {fault}."));
                None
            }
            Ok(at) => {
                self.typed.insert(name, shown);
                Some(at)
            }
        }
    }

    /// What is in the field of a filter.
    pub(super) fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn is_wrong(&self) -> bool {
        !self.faults.is_empty() || !self.strange.is_empty()
    }

    /// Whether anything but the period narrows the list.
    pub(super) fn is_narrowed(&self) -> bool {
        By::ALL.iter().any(|by| !self.typed(by.name()).is_empty())
    }

    /// What stands in addresses of the same calls.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        let default = self.period == Period::default();
        let period = (!default).then_some(("period", self.period.key()));
        let typed = self.typed.iter().map(|(name, text)| (*name, text.as_str()));
        typed.chain(period).filter(|(name, _)| !self.faults.contains_key(name)).collect()
    }

    /// The query of the same calls, with these pairs beside.
    pub(super) fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new("?".to_owned());
        query.extend_pairs(self.pairs()).extend_pairs(more);
        let query = query.finish();
        if query == "?" { String::new() } else { query }
    }

    /// The counts of the same calls; `None` where there are none: they know no client.
    pub(super) fn counts(&self) -> Option<RollupFilter> {
        let filter = self.filter.clone();
        filter.client.is_none().then_some(RollupFilter {
            account: filter.account,
            server: filter.server,
            tool: filter.tool,
            status: filter.status,
            failed: filter.failed,
            since: filter.since,
            until: filter.until,
        })
    }
}
