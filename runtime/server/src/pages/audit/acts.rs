//! Acts as sentences, with what they changed.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::admin::wire::ActJson;
use crate::app::App;
use crate::bound;
use crate::pages::exposure::sentence;
use crate::pages::session::SignedIn;
use crate::provision::Action;
use crate::when;

/// How much of one value is shown, in bytes.
const VALUE: usize = 240;
/// How much of all values a page shows, in bytes: a page of long configs must stay a page.
const PAGE: usize = 24_000;

/// What can be done, for people to choose from.
pub(super) const WORDS: [(Action, &str); 18] = [
    (Action::AccountCreate, "Account connected"),
    (Action::AccountUpdate, "Account changed"),
    (Action::AccountConnect, "Account signed in at its vendor"),
    (Action::AccountDelete, "Account deleted"),
    (Action::ServerCreate, "MCP server created"),
    (Action::ServerUpdate, "MCP server changed"),
    (Action::ServerRotate, "MCP server given a new URL"),
    (Action::ServerDelete, "MCP server revoked"),
    (Action::TokenCreate, "API token created"),
    (Action::TokenDelete, "API token revoked"),
    (Action::SessionCreate, "Signed in"),
    (Action::SessionDelete, "Signed out"),
    (Action::SessionRefuse, "Sign-in refused"),
    (Action::AdmissionCreate, "Client let in"),
    (Action::AdmissionEnd, "Client shut out"),
    (Action::AdmissionRefuse, "Client refused at the sign-in"),
    (Action::ToolCall, "Tool called from a page"),
    (Action::MasterKeyRotate, "Master key rotated"),
];

/// An act in the table.
#[derive(Debug)]
pub(super) struct Row {
    /// As people say it, and exactly.
    pub(super) at: (String, String),
    pub(super) actor: String,
    pub(super) verb: &'static str,
    /// What it was done to, with its page while it exists.
    pub(super) object: Option<(String, Option<String>)>,
    pub(super) changes: Vec<Change>,
    pub(super) address: Option<String>,
    pub(super) node: String,
}

/// A member that was changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) what: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// The rows of a page. `existing` are the ids that something has.
pub(super) fn rows(
    app: &App,
    signed_in: &SignedIn,
    acts: Vec<ActJson>,
    existing: &HashSet<String>,
) -> Vec<Row> {
    let (now, zone) = (app.provision.now(), &signed_in.zone);
    let mut left = PAGE;
    let row = |act: ActJson| {
        let at = act.at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let mut say = |value: &Value| said(value, zone, &mut left);
        let changes = act.changes.as_object().map(|changes| told(changes, &mut say));
        let page = existing.contains(&act.object.id).then(|| page_of(&act.object.id)).flatten();
        let about = about(&act.action);
        Row {
            at: (when::ago(at, now, zone), when::exact(at, zone)),
            verb: verb(&act.action, &act.changes),
            object: about.then_some((act.object.name, page)),
            actor: act.actor.name,
            changes: changes.unwrap_or_default(),
            address: act.address,
            node: act.node,
        }
    };
    acts.into_iter().map(row).collect()
}

/// The page of what has this id.
fn page_of(id: &str) -> Option<String> {
    match id.split_once('_')?.0 {
        "acc" => Some(format!("/accounts/{id}")),
        "mcp" => Some(format!("/mcp-servers/{id}")),
        "tok" => Some(format!("/tokens/{id}/revoke")),
        _ => None,
    }
}

/// Whether an act has an object beside whoever did it.
fn about(action: &str) -> bool {
    !action.starts_with("session.") && action != Action::MasterKeyRotate.as_str()
}

/// What was done, between who did it and what it was done to.
fn verb(action: &str, changes: &Value) -> &'static str {
    let action = Action::ALL.into_iter().find(|known| known.as_str() == action);
    let only_paused = changes.as_object().is_some_and(|changes| changes.len() == 1);
    match action {
        Some(Action::AccountCreate) => "connected the account",
        Some(Action::AccountUpdate) => "changed the account",
        Some(Action::AccountConnect) => "signed in at the vendor for the account",
        Some(Action::AccountDelete) => "deleted the account",
        Some(Action::ServerCreate) => "created the MCP server",
        Some(Action::ServerUpdate) if only_paused && changes["paused"]["to"] == true => {
            "paused the MCP server"
        }
        Some(Action::ServerUpdate) if only_paused && changes["paused"]["to"] == false => {
            "resumed the MCP server"
        }
        Some(Action::ServerUpdate) => "changed the MCP server",
        Some(Action::ServerRotate) => "gave a new URL to the MCP server",
        Some(Action::ServerDelete) => "revoked the MCP server",
        Some(Action::TokenCreate) => "created the API token",
        Some(Action::TokenDelete) => "revoked the API token",
        Some(Action::SessionCreate) => "signed in",
        Some(Action::SessionDelete) => "signed out",
        Some(Action::SessionRefuse) => "was refused at the sign-in",
        Some(Action::AdmissionCreate) => "let a client in to the MCP server",
        Some(Action::AdmissionEnd) => "shut a client out of the MCP server",
        Some(Action::AdmissionRefuse) => "was refused at the sign-in of the MCP server",
        Some(Action::ToolCall) => "called a tool, which may change something, for the account",
        Some(Action::MasterKeyRotate) => "rotated the master key",
        None => "did something that this version does not know to",
    }
}

/// What changed, member by member; a config by its own members.
fn told(changes: &Map<String, Value>, say: &mut impl FnMut(&Value) -> String) -> Vec<Change> {
    let mut rows = Vec::new();
    for (name, change) in changes {
        let sides = [change.get("from"), change.get("to")];
        let of_config = name == "config" && sides.iter().flatten().all(|side| side.is_object());
        if of_config && sides.iter().any(Option::is_some) {
            let members = sides.map(|side| side.and_then(Value::as_object));
            let names = members.iter().flatten().flat_map(|side| side.keys());
            let mut seen = HashSet::new();
            for member in names.filter(|name| seen.insert(name.as_str())) {
                let [from, to] = members.map(|side| side.and_then(|side| side.get(member)));
                if from != to {
                    let (from, to) = (from.map(&mut *say), to.map(&mut *say));
                    rows.push(Change { what: called(member), from, to });
                }
            }
            continue;
        }
        let (from, to) = match change {
            change if change["replaced"] == true => {
                (None, Some("replaced (it is never shown)".to_owned()))
            }
            Value::Object(_) => (sides[0].map(&mut *say), sides[1].map(&mut *say)),
            plain => (None, Some(say(plain))),
        };
        rows.push(Change { what: called(name), from, to });
    }
    rows
}

/// What people call a member.
fn called(name: &str) -> String {
    let words = match name {
        "expires_at" => "End",
        "url" => "URL",
        "base_url" => "Address",
        "integration" => "Service",
        "integrated_account_id" => "Account",
        "credentials_type" => "Kind of credentials",
        "tags" => "Areas",
        "allow" => "Only these tools",
        "deny" => "Not these tools",
        "require_api_token_auth" => "API token asked for",
        "auth" => "Who may use the URL",
        "tool_exposure" => "Tools are",
        "dynamic_tools" => "A tool for each launch form",
        "servers" => "MCP servers",
        "redirect_host" => "Goes back to",
        "admission" => "Sign-in",
        "overlap_seconds" => "Seconds that the old URL stays good",
        "left" => "Left under other keys",
        _ => return sentence(name),
    };
    words.to_owned()
}

/// A value for people, as long as a page has room.
fn said(value: &Value, zone: &jiff::tz::TimeZone, left: &mut usize) -> String {
    let words = match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => when::exact(at, zone),
            Err(_) => text.clone(),
        },
        Value::Array(items) => {
            let texts = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            let list = texts.collect::<Vec<_>>().join(", ");
            if items.len() > 3 { format!("{}: {list}", items.len()) } else { list }
        }
        Value::Object(members) if members.len() == 1 && members.contains_key("bytes") => {
            format!("{} bytes, too long to be kept", members["bytes"])
        }
        other => other.to_string(),
    };
    let shown = bound::cut_owned(words, VALUE.min(*left));
    *left -= shown.len().min(*left);
    if shown.is_empty() { "too much for this page: see the files".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn changes(value: &Value) -> Vec<(String, Option<String>, Option<String>)> {
        let mut left = PAGE;
        let mut say = |value: &Value| said(value, &TimeZone::UTC, &mut left);
        let rows = told(value.as_object().unwrap(), &mut say);
        rows.into_iter().map(|change| (change.what, change.from, change.to)).collect()
    }

    #[test]
    fn every_act_has_words() {
        for action in Action::ALL {
            assert!(WORDS.iter().any(|(known, _)| *known == action), "{}", action.as_str());
            assert!(!verb(action.as_str(), &json!({})).contains("does not know"));
        }
        let paused = |to: bool| json!({"paused": {"from": !to, "to": to}});
        assert_eq!(verb("server.update", &paused(true)), "paused the MCP server");
        assert_eq!(verb("server.update", &paused(false)), "resumed the MCP server");
        assert_eq!(verb("server.update", &json!({"name": {}})), "changed the MCP server");
        assert!(verb("later.kind", &json!({})).contains("does not know"));
    }

    #[test]
    fn changes_are_told_by_member_and_secrets_are_not() {
        let told = changes(&json!({
            "name": {"from": "a", "to": "b"}, "credentials": {"replaced": true}, "overlap_seconds": 60,
            "paused": {"from": false, "to": true}, "owner": {"to": "Legal"},
            "config": {"from": {"methods": ["read"], "tags": ["x"]}, "to": {"methods": ["read"], "deny": ["p", "q", "r", "s"]}},
            "expires_at": {"from": "2026-01-02T03:04:00Z"}
        }));
        let text = |text: &str| Some(text.to_owned());
        let row = |what: &str, from: Option<&str>, to: Option<&str>| {
            (what.to_owned(), from.and_then(text), to.and_then(text))
        };
        for expected in [
            row("Name", Some("a"), Some("b")),
            row("Credentials", None, Some("replaced (it is never shown)")),
            row("Seconds that the old URL stays good", None, Some("60")),
            row("Paused", Some("no"), Some("yes")),
            row("Owner", None, Some("Legal")),
            row("Areas", Some("x"), None),
            row("Not these tools", None, Some("4: p, q, r, s")),
            row("End", Some("Friday, 2 January 2026, 03:04 (UTC)"), None),
        ] {
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
        assert_eq!(told.len(), 8, "{told:?}");
    }

    #[test]
    fn a_page_of_long_values_stays_a_page() {
        let long = json!({"name": {"from": "x".repeat(5_000), "to": "é".repeat(5_000)}});
        let mut left = PAGE;
        let mut size = 0;
        for _ in 0..200 {
            let mut say = |value: &Value| said(value, &TimeZone::UTC, &mut left);
            let rows = told(long.as_object().unwrap(), &mut say);
            size += rows.iter().map(|row| row.to.as_ref().unwrap().len()).sum::<usize>();
        }
        assert!(size <= PAGE + 200 * 40, "{size}");
    }
}
