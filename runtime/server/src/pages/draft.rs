//! An MCP server as a form has it: what was chosen, the config that follows, and what that exposes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use support::Api;
use support::api::Preset;

use super::exposure::Exposure;
use super::form::Form;
use super::until;
use crate::app::App;
use crate::call::launches::A_WHILE;
use crate::directory::OpenAccount;
use crate::provision::{Server, ServerAuth, ServerConfig};
use crate::violation::Violations;
use crate::when;

/// The choices that every API has beside its presets.
pub(super) const READ: &str = "read";
pub(super) const EVERYTHING: &str = "everything";
pub(super) const CUSTOM: &str = "custom";

/// What a form says of a server.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) preset: String,
    pub(super) methods: BTreeSet<String>,
    pub(super) tags: BTreeSet<String>,
    /// Tools beside those that the choices admit, and tools that they admit and shall not.
    pub(super) add: BTreeSet<String>,
    pub(super) drop: BTreeSet<String>,
    pub(super) keep: bool,
    pub(super) until: String,
    pub(super) date: String,
    pub(super) auth: ServerAuth,
    pub(super) discovery: bool,
    pub(super) launches: bool,
    pub(super) owner: String,
    pub(super) purpose: String,
}

/// What a draft comes to.
#[derive(Debug)]
pub(super) struct Settled {
    /// The config to be stored.
    pub(super) config: Value,
    /// What is served with it.
    pub(super) exposure: Exposure,
    /// The tools that the choices admit before single ones are added and dropped.
    pub(super) chosen: BTreeSet<String>,
    pub(super) expires_at: Option<Timestamp>,
    /// What is wrong, by field.
    pub(super) faults: BTreeMap<&'static str, String>,
}

impl Draft {
    /// A server that reads, for thirty days.
    pub(super) fn fresh() -> Self {
        Self {
            name: String::new(),
            preset: READ.to_owned(),
            methods: BTreeSet::new(),
            tags: BTreeSet::new(),
            add: BTreeSet::new(),
            drop: BTreeSet::new(),
            keep: true,
            until: "30d".to_owned(),
            date: String::new(),
            auth: ServerAuth::Url,
            discovery: false,
            launches: false,
            owner: String::new(),
            purpose: String::new(),
        }
    }

    /// What a form carries.
    pub(super) fn of(form: &Form) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        let set = |name| form.all(name).map(str::to_owned).collect();
        Self {
            name: text("name"),
            preset: text("preset"),
            methods: set("methods"),
            tags: set("tags"),
            add: set("add"),
            drop: set("drop"),
            keep: form.has("keep"),
            until: text("until"),
            date: text("date"),
            auth: ServerAuth::parse(form.text("auth")).unwrap_or_default(),
            discovery: form.has("discovery"),
            launches: form.has("launches"),
            owner: text("owner"),
            purpose: text("purpose"),
        }
    }

    /// What stands behind a server that exposes `exposed`.
    pub(super) fn of_server(
        app: &App,
        api: &'static Api,
        server: &Server,
        exposed: &Exposure,
        zone: &TimeZone,
    ) -> Self {
        let words = |name: &str| -> BTreeSet<String> {
            let list = server.config[name].as_array().into_iter().flatten();
            list.filter_map(|word| Some(word.as_str()?.to_lowercase())).collect()
        };
        let mut draft = Self {
            name: server.name.clone(),
            preset: CUSTOM.to_owned(),
            methods: words("methods").iter().flat_map(|word| spelled(api, word)).collect(),
            tags: words("tags"),
            keep: server.config.get("allow").is_some(),
            until: if server.expires_at.is_some() { "date" } else { "never" }.to_owned(),
            date: server.expires_at.map(|at| local(at, zone)).unwrap_or_default(),
            auth: ServerAuth::of_config(&server.config),
            discovery: server.config["tool_exposure"].as_str() == Some("discovery"),
            launches: server.config["dynamic_tools"] == true,
            owner: server.owner.clone().unwrap_or_default(),
            purpose: server.purpose.clone().unwrap_or_default(),
            ..Self::fresh()
        };
        let chosen = draft.chosen(app, api);
        let exposed: BTreeSet<String> = exposed.names().map(str::to_owned).collect();
        draft.add = exposed.difference(&chosen).cloned().collect();
        draft.drop = chosen.difference(&exposed).cloned().collect();
        draft
    }

    fn preset_of(&self, api: &'static Api) -> Option<&'static Preset> {
        api.presets.iter().find(|preset| preset.key == self.preset)
    }

    /// The members of a filter that the choices stand for, without areas.
    fn base(&self, api: &'static Api) -> Map<String, Value> {
        let mut base = Map::new();
        if let Some(preset) = self.preset_of(api) {
            let lists = [
                ("methods", preset.methods),
                ("tags", preset.tags),
                ("allow", preset.allow),
                ("deny", preset.deny),
            ];
            let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
            base.extend(given.map(|(name, list)| (name.to_owned(), json!(list))));
        } else if self.preset == READ {
            base.insert("methods".to_owned(), json!(["read"]));
        } else if self.preset == CUSTOM && !self.methods.is_empty() {
            base.insert("methods".to_owned(), json!(self.methods));
        }
        base
    }

    /// The tools that preset and areas admit.
    fn chosen(&self, app: &App, api: &'static Api) -> BTreeSet<String> {
        let names = |config: Map<String, Value>| -> BTreeSet<String> {
            let config = ServerConfig::reread(config.into(), api);
            let filter = config.unwrap_or_default().filter;
            Exposure::of(app, api, &filter).names().map(str::to_owned).collect()
        };
        let chosen = names(self.base(api));
        if self.tags.is_empty() {
            return chosen;
        }
        let of_areas = names(Map::from_iter([("tags".to_owned(), json!(self.tags))]));
        chosen.intersection(&of_areas).cloned().collect()
    }

    /// What the draft comes to.
    pub(super) async fn settle(
        &self,
        app: &App,
        account: &OpenAccount,
        zone: &TimeZone,
    ) -> Settled {
        let api = account.api;
        let mut faults = BTreeMap::new();
        let chosen = self.chosen(app, api);
        let mut config = self.filter(api, &chosen, &mut faults);
        if self.launches {
            config.insert("dynamic_tools".to_owned(), true.into());
            if self.keep {
                self.keep_launches(app, account, &mut config).await;
            }
        }
        if self.auth != ServerAuth::Url {
            config.insert("auth".to_owned(), self.auth.as_str().into());
        }
        if self.discovery {
            config.insert("tool_exposure".to_owned(), "discovery".into());
        }
        let config = Value::Object(config);
        let mut violations = Violations::of_body();
        let read = ServerConfig::read(config.clone(), "/config", api, &mut violations);
        if let (true, Some(first)) = (faults.is_empty(), violations.named().first()) {
            let words = if chosen.is_empty() && self.add.is_empty() {
                "No tool fits all of these choices. Choose other areas, or another preset."
                    .to_owned()
            } else {
                format!("This {}.", first.expected)
            };
            faults.insert("tools", words);
        }
        let exposure = match &read {
            Some(read) if violations.is_empty() => {
                Exposure::of_toolset(app.toolset_of(account, read, None, A_WHILE).await.as_deref())
            }
            _ => Exposure::of_toolset(None),
        };
        let expires_at = self.end(app.provision.now(), zone, &mut faults);
        if self.name.is_empty() {
            faults.insert("name", "Give it a name: it stands in every log line.".to_owned());
        }
        Settled { config, exposure, chosen, expires_at, faults }
    }

    /// The members of the config that say which tools there are.
    fn filter(
        &self,
        api: &'static Api,
        chosen: &BTreeSet<String>,
        faults: &mut BTreeMap<&'static str, String>,
    ) -> Map<String, Value> {
        let mut base = self.base(api);
        let narrowed_twice = !self.tags.is_empty() && base.contains_key("tags");
        if !self.tags.is_empty() && !narrowed_twice {
            base.insert("tags".to_owned(), json!(self.tags));
        }
        if self.keep {
            let names: BTreeSet<&String> =
                chosen.union(&self.add).filter(|name| !self.drop.contains(*name)).collect();
            // With a tool that the choices do not admit, the list of names is all that can say it.
            if narrowed_twice || self.add.iter().any(|name| !chosen.contains(name)) {
                base.clear();
            }
            base.shift_remove("deny");
            base.insert("allow".to_owned(), json!(names));
            return base;
        }
        if narrowed_twice || !self.add.is_empty() {
            faults.insert(
                "keep",
                "Tools that a rule cannot name need this box: without it, only methods and areas decide.".to_owned(),
            );
        }
        if !self.drop.is_empty() {
            let dropped: BTreeSet<&str> = self.drop.iter().map(String::as_str).collect();
            let known = base.get("deny").and_then(Value::as_array).into_iter().flatten();
            let all: BTreeSet<&str> = known.filter_map(Value::as_str).chain(dropped).collect();
            let all = json!(all);
            base.insert("deny".to_owned(), all);
        }
        base
    }

    /// Adds the tools that launch one template each to those that are kept to.
    async fn keep_launches(
        &self,
        app: &App,
        account: &OpenAccount,
        config: &mut Map<String, Value>,
    ) {
        let mut open = config.clone();
        open.shift_remove("allow");
        let read = ServerConfig::reread(open.into(), account.api);
        let Some(read) = read else { return };
        let Some(toolset) = app.toolset_of(account, &read, None, A_WHILE).await else { return };
        let launching = toolset.tools().iter().filter(|served| served.launch().is_some());
        let names = launching.map(|served| served.name().to_owned());
        let names = names.filter(|name| !self.drop.contains(name)).map(Value::from);
        if let Some(Value::Array(allow)) = config.get_mut("allow") {
            allow.extend(names);
        }
    }

    fn end(
        &self,
        now: Timestamp,
        zone: &TimeZone,
        faults: &mut BTreeMap<&'static str, String>,
    ) -> Option<Timestamp> {
        until::end(&self.until, &self.date, now, zone).unwrap_or_else(|fault| {
            faults.insert("until", fault);
            None
        })
    }

    /// The body that the admin API would be sent.
    pub(super) fn body(&self, settled: &Settled) -> Value {
        let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        json!({
            "name": self.name,
            "config": settled.config,
            "expires_at": settled.expires_at.map(|at| at.to_string()),
            "owner": text(&self.owner),
            "purpose": text(&self.purpose),
        })
    }
}

/// What a form's field for a date and time shows.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The single methods that a word of a filter stands for.
fn spelled(api: &'static Api, word: &str) -> Vec<String> {
    let methods = methods(api);
    if methods.contains(&word) {
        return vec![word.to_owned()];
    }
    let group = api.tools.iter().filter(|tool| tool.method.group() == word);
    group.map(|tool| tool.method.as_str().to_owned()).collect()
}

/// The methods of an API: those that all have, then its own.
pub(super) fn methods(api: &'static Api) -> Vec<&'static str> {
    let found: BTreeSet<&str> = api.tools.iter().map(|tool| tool.method.as_str()).collect();
    let common = ["list", "get", "create", "update", "delete"];
    let own = found.iter().copied().filter(|word| !common.contains(word));
    common.into_iter().filter(|word| found.contains(word)).chain(own).collect()
}

/// A method for people.
pub(super) fn method_words(method: &str) -> String {
    match method {
        "list" => "List".to_owned(),
        "get" => "Read one".to_owned(),
        "create" => "Create".to_owned(),
        "update" => "Change".to_owned(),
        "delete" => "Delete".to_owned(),
        other => super::exposure::sentence(other),
    }
}

/// When a server ends, in one sentence.
pub(super) fn end_in_words(at: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    match at {
        Some(at) => format!("Ends {} ({}).", when::exact(at, zone), when::remaining(at, now, zone)),
        None => "Never ends.".to_owned(),
    }
}
