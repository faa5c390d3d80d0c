//! `/accounts/{id}/tools`: every tool that an account's API has, whatever its MCP servers expose.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use serde_json::Value;
use support::tool::RateLimit;

use super::Of;
use super::head::{Head, Tab, title};
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::exposure::{Reach, counted, number, sentence, subject};
use crate::pages::form::Form;
use crate::pages::lists::Pager;
use crate::pages::session::SignedIn;
use crate::pages::{Answer, page};
use crate::provision::Account;
use crate::tools::{Catalogue, ServedTool};
use crate::toolset::Filter;

/// How many tools a page has.
const LIMIT: usize = 20;

#[derive(Template)]
#[template(path = "account_tools.html")]
struct ToolsPage {
    chrome: Chrome,
    head: Head,
    words: String,
    about: String,
    /// Each subject with its heading and the number of its tools.
    subjects: Vec<(&'static str, String, usize)>,
    found: String,
    groups: Vec<(String, Vec<ShownTool>)>,
    pager: Pager,
}

struct ShownTool {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    detail: &'static str,
    method: &'static str,
    tags: &'static [&'static str],
    reach: Reach,
    tokens: String,
    limit: Option<String>,
    deprecated: bool,
    signature: String,
    schema: String,
}

impl ShownTool {
    fn of(served: &ServedTool) -> Self {
        let tool = served.tool;
        let listed: Value = serde_json::from_str(served.listed_json()).unwrap_or_default();
        Self {
            name: tool.name,
            title: tool.title,
            description: tool.description,
            detail: tool.detail,
            method: tool.method.as_str(),
            tags: tool.tags,
            reach: Reach::of(tool),
            tokens: counted(served.tokens(), "token", "tokens"),
            limit: tool.rate_limit.map(limit),
            deprecated: tool.deprecated,
            signature: served.signature(),
            schema: serde_json::to_string_pretty(&listed["inputSchema"]).unwrap_or_default(),
        }
    }
}

/// A vendor's limit in words.
pub(super) fn limit(limit: RateLimit) -> String {
    let calls = counted(limit.requests, "call", "calls");
    let within = match limit.seconds {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        seconds => format!("in {} seconds", number(seconds.into())),
    };
    let shared = if limit.bucket.is_empty() { "" } else { ", counted together with other tools" };
    format!("at most {calls} {within}{shared}")
}

/// `GET /accounts/{id}/tools`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let (words, about) = (form.words(), form.text("about").to_owned());
    let catalogue = app.catalogues.get(&account.integration);
    let subjects = catalogue.map(|catalogue| subjects(catalogue)).unwrap_or_default();
    let mut found = catalogue.map(|catalogue| found(&app, catalogue, &words)).unwrap_or_default();
    if !about.is_empty() {
        found.retain(|served| subject(served) == about);
    }
    let start =
        form.text("page").parse::<usize>().unwrap_or(1).saturating_sub(1).saturating_mul(LIMIT);
    let shown = found.iter().skip(start).take(LIMIT);
    let mut groups: Vec<(String, Vec<ShownTool>)> = Vec::new();
    for served in shown {
        let heading = if words.is_empty() {
            sentence(subject(served))
        } else {
            "Best answers first".to_owned()
        };
        match groups.last_mut() {
            Some((last, tools)) if *last == heading => tools.push(ShownTool::of(served)),
            _ => groups.push((heading, vec![ShownTool::of(served)])),
        }
    }
    page(&ToolsPage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        head: Head::of(&account, Tab::Tools, summary(&app, &account, catalogue)),
        subjects,
        found: counted(found.len(), "tool", "tools"),
        pager: pager(start, found.len(), &words, &about),
        words,
        about,
        groups,
    })
}

/// The tools that answer a question, best first, as agents find them; without one all of them, by
/// subject.
fn found(app: &App, catalogue: &Arc<Catalogue>, words: &str) -> Vec<Arc<ServedTool>> {
    if words.is_empty() {
        let mut all = catalogue.tools().to_vec();
        all.sort_by_key(|served| (subject(served), served.tool.name));
        return all;
    }
    let toolset = app.toolsets.get(catalogue, &Filter::default(), None);
    toolset.search(words).into_iter().cloned().collect()
}

fn subjects(catalogue: &Catalogue) -> Vec<(&'static str, String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for served in catalogue.tools() {
        *counts.entry(subject(served)).or_default() += 1;
    }
    counts.into_iter().map(|(tag, count)| (tag, sentence(tag), count)).collect()
}

/// What the whole inventory is.
fn summary(app: &App, account: &Account, catalogue: Option<&Arc<Catalogue>>) -> String {
    let title = title(app, account);
    let Some(catalogue) = catalogue else {
        return format!("{title} is not on board: no tool can be called.");
    };
    let all = catalogue.tools();
    let reach = |reach: Reach| all.iter().filter(|served| Reach::of(served.tool) == reach).count();
    let tokens: usize = all.iter().map(|served| served.tokens()).sum();
    format!(
        "{title} has {}: {} only read, {} write, {} can delete. Together they take {} of a model's context; an MCP server exposes those that you choose.",
        counted(all.len(), "tool", "tools"),
        reach(Reach::Reads),
        reach(Reach::Writes),
        reach(Reach::Deletes),
        counted(tokens, "token", "tokens"),
    )
}

fn pager(start: usize, count: usize, words: &str, about: &str) -> Pager {
    let query = |page: usize| {
        let mut query = form_urlencoded::Serializer::new("?".to_owned());
        let page = if page > 1 { page.to_string() } else { String::new() };
        for (name, value) in [("q", words), ("about", about), ("page", &page)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    };
    Pager {
        first: (start > 0).then(|| query(1)),
        next: (start.saturating_add(LIMIT) < count).then(|| query(start / LIMIT + 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_said_as_people_count() {
        let words = |requests, seconds, bucket| limit(RateLimit { requests, seconds, bucket });
        assert_eq!(words(1, 1, ""), "at most 1 call a second");
        assert_eq!(words(1_200, 60, ""), "at most 1,200 calls a minute");
        assert_eq!(
            words(5, 90, "x"),
            "at most 5 calls in 90 seconds, counted together with other tools"
        );
    }

    /// Every page of every API on board stays small, also when each of its tools is shown whole.
    #[test]
    fn a_page_of_tools_is_small() {
        for catalogue in crate::apis::apis().iter().map(|api| Catalogue::new(api)) {
            for tools in catalogue.tools().chunks(LIMIT) {
                let size: usize = tools
                    .iter()
                    .map(|served| ShownTool::of(served))
                    .map(|tool| {
                        let quotes = tool.schema.matches(['"', '<', '>', '&', '\'']).count()
                            + tool.signature.matches(['"', '<', '>', '&', '\'']).count();
                        tool.schema.len()
                            + tool.signature.len()
                            + 4 * quotes
                            + tool.description.len()
                            + tool.detail.len()
                            + 1_000
                    })
                    .sum();
                assert!(size < 90_000, "{}: {size}", tools[0].name());
            }
        }
    }
}
