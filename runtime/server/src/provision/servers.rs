//! MCP servers: a filtered, expiring view of one account behind a secret URL.

use jiff::Timestamp;
use serde_json::Value;
use support::Api;

use super::audit::{Action, Object, changes, of_server};
use super::auth::ServerAuth;
use super::{
    AccountId, Actor, Creator, Page, Provision, ProvisionError, ServerId, TRIES, Token, TokenHash,
    one_more, page,
};
use crate::clock::from_micros;
use crate::fields::{Fields, Patch};
use crate::store::{AuditRow, PageKey, ServerRow};
use crate::toolset::filter::{Filter, Launches};
use crate::violation::{Violation, Violations};

/// An MCP server, without its token.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its id.
    pub id: ServerId,
    /// The account that it acts in.
    pub account: AccountId,
    /// What people call it.
    pub name: String,
    /// Its config as it was given.
    pub config: Value,
    /// From when on it is gone.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was last called, give or take the time that uses are gathered.
    pub last_used_at: Option<Timestamp>,
    /// Whether it answers like one that is not there.
    pub paused: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Who made it, where that is known.
    pub created_by: Option<Creator>,
    /// Through which client it was last used, as that says of itself.
    pub last_client: Option<LastClient>,
    /// How many tools a client was last shown; `None` before the first.
    pub listed_tools: Option<i64>,
}

/// The client that last used a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastClient {
    /// Its name.
    pub name: String,
    /// Its version, where it tells one.
    pub version: Option<String>,
}

/// What a server's config means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerConfig {
    /// Which tools pass.
    pub filter: Filter,
    /// What it asks for beside its URL.
    pub auth: ServerAuth,
    /// Whether tools are listed or searched for.
    pub tool_exposure: ToolExposure,
    /// Whether launch forms are tools of their own.
    pub dynamic_tools: bool,
}

/// How tools are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ToolExposure {
    /// Every tool is listed.
    #[default]
    All,
    /// Four tools are listed, three where nothing may be written: they search the others, describe them
    /// and call them.
    Discovery,
}

/// What a new server is made of.
#[derive(Debug)]
pub struct NewServer {
    name: String,
    config: Value,
    expires_at: Option<Timestamp>,
    paused: bool,
    owner: Option<String>,
    purpose: Option<String>,
}

/// What a change to a server names.
#[derive(Debug)]
pub struct ServerPatch {
    name: Option<String>,
    config: Option<Value>,
    expires_at: Patch<Timestamp>,
    paused: Option<bool>,
    owner: Patch<String>,
    purpose: Patch<String>,
}

impl ServerConfig {
    /// Reads a config for an API; every violation goes to `violations`, and a config that exposes
    /// nothing is one.
    pub fn read(value: Value, at: &str, api: &Api, violations: &mut Violations) -> Option<Self> {
        let before = violations.count();
        let config = Self::read_members(value, at, api, violations)?;
        if violations.count() == before
            && !config.dynamic_tools
            && !api.tools.iter().any(|tool| config.filter.admits(tool))
        {
            violations.push(Violation::new(at, config.filter.emptiness(api)));
        }
        Some(config)
    }

    /// Reads a config that was accepted once. Names that the API has lost since match nothing.
    #[must_use]
    pub fn reopen(text: &str, api: &Api) -> Option<Self> {
        Self::reread(serde_json::from_str(text).ok()?, api)
    }

    /// The same of a config that is at hand as a value.
    #[must_use]
    pub fn reread(config: Value, api: &Api) -> Option<Self> {
        Self::read_members(config, "", api, &mut Violations::of_body())
    }

    fn read_members(
        value: Value,
        at: &str,
        api: &Api,
        violations: &mut Violations,
    ) -> Option<Self> {
        let mut fields = Fields::new(value, at, violations)?;
        let dynamic_tools = fields.flag("dynamic_tools");
        let launches = if dynamic_tools { Launches::Offered } else { Launches::None };
        let filter = Filter::read(&mut fields, api, launches);
        let auth = ServerAuth::read(&mut fields);
        let tool_exposure = match fields.text_if_given("tool_exposure") {
            Patch::Absent => ToolExposure::All,
            Patch::Some(text) if text.eq_ignore_ascii_case("all") => ToolExposure::All,
            Patch::Some(text) if text.eq_ignore_ascii_case("discovery") => ToolExposure::Discovery,
            Patch::Some(_) | Patch::Null => {
                fields.violation("tool_exposure", "must be all or discovery");
                ToolExposure::All
            }
        };
        fields.finish();
        Some(Self { filter, auth, tool_exposure, dynamic_tools })
    }
}

impl Provision {
    /// Reads a new server: `{name, config?, expires_at?, paused?, owner?, purpose?}`. The config is checked against the
    /// account's API on creation.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn read_new_server(&self, body: Value) -> Result<NewServer, Violations> {
        let mut violations = Violations::of_body();
        let server = Fields::new(body, "", &mut violations).and_then(|mut fields| {
            let name = fields.text("name");
            let config = match fields.value("config") {
                Patch::Some(config) => config,
                Patch::Absent | Patch::Null => Value::Object(serde_json::Map::new()),
            };
            let expires_at = fields.moment("expires_at").some();
            self.expect_future(expires_at, &mut fields);
            let paused = fields.flag("paused");
            let owner = fields.text_if_given("owner").some();
            let purpose = fields.text_if_given("purpose").some();
            fields.finish();
            Some(NewServer { name: name?, config, expires_at, paused, owner, purpose })
        });
        violations.settle(server)
    }

    /// Reads a change to a server: any of `{name, config, expires_at, paused, owner, purpose}`.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn read_server_patch(&self, body: Value) -> Result<ServerPatch, Violations> {
        let mut violations = Violations::of_body();
        let patch = Fields::new(body, "", &mut violations).map(|mut fields| {
            let name = fields.text_if_given("name");
            if name == Patch::Null {
                fields.violation("name", "must be a text, not null");
            }
            let config = fields.value("config");
            if config == Patch::Null {
                fields.violation("config", "must be an object, not null");
            }
            let expires_at = fields.moment("expires_at");
            self.expect_future(expires_at.some(), &mut fields);
            let paused = fields.flag_if_given("paused");
            let owner = fields.text_if_given("owner");
            let purpose = fields.text_if_given("purpose");
            fields.finish();
            let (name, config) = (name.some(), config.some());
            ServerPatch { name, config, expires_at, paused, owner, purpose }
        });
        violations.settle(patch)
    }

    pub(super) fn expect_future(&self, moment: Option<Timestamp>, fields: &mut Fields<'_>) {
        let now = self.now();
        if moment.is_some_and(|moment| moment <= now) {
            fields.violation("expires_at", format!("is in the past: it is {now}"));
        }
    }

    /// Makes a server; the token is in this answer and nowhere else.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is no such account, [`ProvisionError::Invalid`] for
    /// a bad config, [`ProvisionError::Full`].
    pub async fn create_server(
        &self,
        account: &AccountId,
        new: NewServer,
        by: &Actor,
    ) -> Result<(Server, Token), ProvisionError> {
        self.check_config(account, &new.config).await?;
        self.room_for_server(account).await?;
        let (token, now) = (Token::random(""), self.now());
        let row = ServerRow {
            id: ServerId::random().as_str().to_owned(),
            account_id: account.as_str().to_owned(),
            name: new.name,
            config: new.config.to_string(),
            token_hash: token.hash().as_bytes().to_vec(),
            expires_at: new.expires_at.map(Timestamp::as_microsecond),
            created_at: now.as_microsecond(),
            updated_at: now.as_microsecond(),
            last_used_at: None,
            owner: new.owner,
            purpose: new.purpose,
            created_by_id: by.who.id.clone(),
            created_by_name: Some(by.who.name.clone()),
            paused: new.paused,
            previous_hash: None,
            previous_until: None,
            last_client_name: None,
            last_client_version: None,
            listed_tools: None,
            sign_in: ServerAuth::of_config(&new.config) == ServerAuth::Oauth,
        };
        let act = self.act_on_server(by, Action::ServerCreate, None, Some(&row));
        self.store.insert_server(&row, &act).await?;
        Ok((server_of(row)?, token))
    }

    /// The server of this id under this account.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none or it has expired.
    pub async fn server(
        &self,
        account: &AccountId,
        id: &ServerId,
    ) -> Result<Server, ProvisionError> {
        server_of(self.server_row(account, id).await?)
    }

    /// An account's servers in the order in which they were made.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is no such account.
    pub async fn servers(
        &self,
        account: &AccountId,
        after: &PageKey,
        limit: usize,
    ) -> Result<Page<Server>, ProvisionError> {
        self.account(account).await?;
        let rows = self.store.servers(account.as_str(), after, one_more(limit)).await?;
        let rows = page(rows, limit, |row| PageKey { at: row.created_at, id: row.id.clone() });
        let now = self.now().as_microsecond();
        let items: Result<Vec<Server>, _> = rows
            .items
            .into_iter()
            .filter(|row| is_good(row.expires_at, now))
            .map(server_of)
            .collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// Changes what the patch names; answers also the hashes that caches know the server by.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`], [`ProvisionError::Invalid`], or when the database fails.
    pub async fn update_server(
        &self,
        account: &AccountId,
        id: &ServerId,
        patch: &ServerPatch,
        by: &Actor,
    ) -> Result<(Server, Vec<TokenHash>), ProvisionError> {
        for _ in 0..TRIES {
            let before = self.server_row(account, id).await?;
            let (mut row, seen) = (before.clone(), before.updated_at);
            if let Some(config) = &patch.config {
                self.check_config(account, config).await?;
                row.config = config.to_string();
                row.sign_in = ServerAuth::of_config(config) == ServerAuth::Oauth;
            }
            if let Some(name) = &patch.name {
                row.name.clone_from(name);
            }
            match patch.expires_at {
                Patch::Some(moment) => row.expires_at = Some(moment.as_microsecond()),
                Patch::Null => row.expires_at = None,
                Patch::Absent => {}
            }
            row.paused = patch.paused.unwrap_or(row.paused);
            patch.owner.apply_to(&mut row.owner);
            patch.purpose.apply_to(&mut row.purpose);
            row.updated_at = self.now().as_microsecond().max(seen + 1);
            let act = self.act_on_server(by, Action::ServerUpdate, Some(&before), Some(&row));
            if self.store.update_server(&row, seen, &act).await? {
                let known = hashes_of(&row)?;
                return Ok((server_of(row)?, known));
            }
        }
        Err(ProvisionError::Contended)
    }

    /// Ends a server; answers the hashes that caches know it by.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none or it has expired.
    pub async fn delete_server(
        &self,
        account: &AccountId,
        id: &ServerId,
        by: &Actor,
    ) -> Result<Vec<TokenHash>, ProvisionError> {
        let row = self.server_row(account, id).await?;
        let act = self.act_on_server(by, Action::ServerDelete, Some(&row), None);
        if self.store.delete_server(account.as_str(), id.as_str(), &act).await? {
            hashes_of(&row)
        } else {
            Err(ProvisionError::NotFound)
        }
    }

    /// What `by` does to a server that was `before` and is `after`.
    pub(super) fn act_on_server(
        &self,
        by: &Actor,
        action: Action,
        before: Option<&ServerRow>,
        after: Option<&ServerRow>,
    ) -> AuditRow {
        let of = |row: Option<&ServerRow>| row.map(of_server).unwrap_or_default();
        let (id, name) = after.or(before).map_or(("", ""), |row| (&row.id, &row.name));
        self.act(by, action, &Object { id, name }, changes(&of(before), &of(after)))
    }

    pub(super) async fn server_row(
        &self,
        account: &AccountId,
        id: &ServerId,
    ) -> Result<ServerRow, ProvisionError> {
        let row = self
            .store
            .server(account.as_str(), id.as_str())
            .await?
            .ok_or(ProvisionError::NotFound)?;
        if is_good(row.expires_at, self.now().as_microsecond()) {
            Ok(row)
        } else {
            Err(ProvisionError::NotFound)
        }
    }

    async fn check_config(
        &self,
        account: &AccountId,
        config: &Value,
    ) -> Result<(), ProvisionError> {
        let violations =
            self.with_config_faults(account, Some(config.clone()), Violations::of_body()).await?;
        if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
    }

    /// `violations`, and those that `config` has for the account's API: everything wrong with a
    /// body is said at once.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is no such account.
    pub async fn with_config_faults(
        &self,
        account: &AccountId,
        config: Option<Value>,
        mut violations: Violations,
    ) -> Result<Violations, ProvisionError> {
        let account = self.account(account).await?;
        if let (Some(config), Some(api)) = (
            config.filter(|config| !config.is_null()),
            self.api_or_fault(&account.integration, &mut violations),
        ) {
            ServerConfig::read(config, "/config", api, &mut violations);
        }
        Ok(violations)
    }
}

/// Whether something that expires at that moment is still good at `now`.
pub(super) fn is_good(expires_at: Option<i64>, now: i64) -> bool {
    expires_at.is_none_or(|expires_at| now < expires_at)
}

/// The hashes of a server's URL tokens.
pub(super) fn hashes_of(row: &ServerRow) -> Result<Vec<TokenHash>, ProvisionError> {
    [Some(&row.token_hash), row.previous_hash.as_ref()]
        .into_iter()
        .flatten()
        .map(|hash| TokenHash::from_bytes(hash))
        .collect::<Option<_>>()
        .ok_or_else(|| ProvisionError::Damaged(row.id.clone()))
}

pub(super) fn server_of(row: ServerRow) -> Result<Server, ProvisionError> {
    let (Some(id), Some(account), Ok(config)) = (
        ServerId::parse(&row.id),
        AccountId::parse(&row.account_id),
        serde_json::from_str(&row.config),
    ) else {
        return Err(ProvisionError::Damaged(row.id));
    };
    Ok(Server {
        id,
        account,
        name: row.name,
        config,
        expires_at: row.expires_at.map(from_micros),
        created_at: from_micros(row.created_at),
        updated_at: from_micros(row.updated_at),
        last_used_at: row.last_used_at.map(from_micros),
        paused: row.paused,
        owner: row.owner,
        purpose: row.purpose,
        created_by: Creator::of(row.created_by_id, row.created_by_name),
        last_client: row
            .last_client_name
            .map(|name| LastClient { name, version: row.last_client_version }),
        listed_tools: row.listed_tools,
    })
}
