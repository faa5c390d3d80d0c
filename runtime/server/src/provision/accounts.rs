//! Integrated accounts: one tenant of one API, with the credentials to act in it.

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::Api;
use upstream::{AccountCredentials, Origin, OriginError};

use super::audit::{Action, Facts, Object, changes, of_account, replaced};
use super::{
    AccountId, Actor, Creator, Page, Provision, ProvisionError, TRIES, credentials, one_more, page,
};
use crate::clock::from_micros;
use crate::fields::{Fields, Patch};
use crate::store::{AccountRow, GrantFate, PageKey};
use crate::violation::{Violation, Violations};

/// Where in a body the credentials stand.
const CREDENTIALS: &str = "/credentials";

/// An integrated account, without its credentials.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The API's slug.
    pub integration: String,
    /// What people call it.
    pub name: String,
    /// The vendor's region, when it is not the default.
    pub region: Option<String>,
    /// The origin that stands for the vendor's.
    pub base_url: Option<String>,
    /// The type of its credentials.
    pub credentials_type: String,
    /// How it stands.
    pub status: Status,
    /// Why somebody should look after its credentials: they do not open, or do not fit what the API
    /// wants of them by now. They are kept as they are.
    pub attention: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Who connected it, where that is known.
    pub created_by: Option<Creator>,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its credentials are good as far as we know.
    Active,
    /// Its grant was refused, or was never given: a person must connect it.
    NeedsReauth,
    /// It points at this program's own sandbox tenants.
    Sandbox,
}

impl Status {
    /// The word on the wire and in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth => "needs_reauth",
            Self::Sandbox => "sandbox",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::NeedsReauth, Self::Sandbox]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// What the sandbox is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxNeed {
    /// There is no account yet: it is the first thing to try.
    FirstStart,
    /// Accounts point at it.
    Accounts,
    /// Nothing: there are accounts, and none points at it.
    None,
}

/// What a new account is made of.
#[derive(Debug)]
pub struct NewAccount {
    api: &'static Api,
    name: String,
    region: Option<String>,
    base_url: Option<String>,
    credentials: AccountCredentials,
    status: Status,
    owner: Option<String>,
    purpose: Option<String>,
}

/// What a change to an account names.
#[derive(Debug)]
pub struct AccountPatch {
    name: Option<String>,
    region: Patch<String>,
    base_url: Patch<String>,
    credentials: Option<Value>,
    owner: Patch<String>,
    purpose: Patch<String>,
}

impl Provision {
    /// Reads a new account: `{integration, name, region?|base_url?, credentials, owner?,
    /// purpose?}`.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn read_new_account(&self, body: Value) -> Result<NewAccount, Violations> {
        let mut violations = Violations::of_body();
        let account = self.new_account(body, &mut violations);
        violations.settle(account)
    }

    fn new_account(&self, body: Value, violations: &mut Violations) -> Option<NewAccount> {
        let mut fields = Fields::new(body, "", violations)?;
        let slug = fields.text("integration");
        let name = fields.text("name");
        let region = fields.text_if_given("region").some();
        let base_url = fields.text_if_given("base_url").some();
        let credentials = fields.value("credentials").some();
        let owner = fields.text_if_given("owner").some();
        let purpose = fields.text_if_given("purpose").some();
        fields.finish();
        if credentials.is_none() {
            let expected = "is required and must be an object with a type";
            violations.push(Violation::new(CREDENTIALS, expected));
        }
        let api = self.api_or_fault(&slug?, violations)?;
        let (region, base_url) = self.check_origin(api, region, base_url, violations);
        let credentials = credentials::read(api, credentials?, CREDENTIALS, violations)?;
        let status = first_status(&credentials);
        let name = name?;
        Some(NewAccount { api, name, region, base_url, credentials, status, owner, purpose })
    }

    /// Reads a change to an account: any of `{name, region, base_url, credentials, owner,
    /// purpose}`.
    ///
    /// # Errors
    /// Every violation at once. What depends on the account's integration is checked when it is
    /// changed.
    pub fn read_account_patch(body: Value) -> Result<AccountPatch, Violations> {
        let mut violations = Violations::of_body();
        let patch = Fields::new(body, "", &mut violations).map(|mut fields| {
            let name = fields.text_if_given("name");
            if name == Patch::Null {
                fields.violation("name", "must be a text, not null");
            }
            let region = fields.text_if_given("region");
            let base_url = fields.text_if_given("base_url");
            let credentials = fields.value("credentials");
            if credentials == Patch::Null {
                fields.violation("credentials", "must be an object, not null");
            }
            let owner = fields.text_if_given("owner");
            let purpose = fields.text_if_given("purpose");
            fields.finish();
            let (name, credentials) = (name.some(), credentials.some());
            AccountPatch { name, region, base_url, credentials, owner, purpose }
        });
        violations.settle(patch)
    }

    /// Connects an account. Nothing is sent to the vendor.
    ///
    /// # Errors
    /// [`ProvisionError::Full`], or when the database fails.
    pub async fn create_account(
        &self,
        new: NewAccount,
        by: &Actor,
    ) -> Result<Account, ProvisionError> {
        self.room_for_account().await?;
        let (id, now) = (AccountId::random(), self.now());
        let row = AccountRow {
            credentials: self.seal_credentials(id.as_str(), &new.credentials),
            id: id.as_str().to_owned(),
            integration: new.api.slug.to_owned(),
            name: new.name,
            region: new.region,
            base_url: new.base_url,
            kind: new.credentials.kind().to_owned(),
            status: new.status.as_str().to_owned(),
            created_at: now.as_microsecond(),
            updated_at: now.as_microsecond(),
            owner: new.owner,
            purpose: new.purpose,
            created_by_id: by.who.id.clone(),
            created_by_name: Some(by.who.name.clone()),
        };
        let made = changes(&Facts::new(), &of_account(&row));
        let object = Object { id: &row.id, name: &row.name };
        let act = self.act(by, Action::AccountCreate, &object, made);
        self.store.insert_account(&row, &act).await?;
        self.account_of(row)
    }

    /// Connects an account to this process's own sandbox tenants.
    ///
    /// # Errors
    /// When the credentials do not fit the API, or the database fails.
    pub async fn create_sandbox_account(
        &self,
        api: &'static Api,
        name: &str,
        credentials: &Value,
        by: &Actor,
    ) -> Result<Account, ProvisionError> {
        let mut violations = Violations::of_body();
        let read = credentials::read(api, credentials.clone(), CREDENTIALS, &mut violations);
        let credentials = violations.settle(read)?;
        let name = name.to_owned();
        let status = Status::Sandbox;
        let new = NewAccount {
            api,
            name,
            region: None,
            base_url: None,
            credentials,
            status,
            owner: None,
            purpose: None,
        };
        self.create_account(new, by).await
    }

    /// The account of this id.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none.
    pub async fn account(&self, id: &AccountId) -> Result<Account, ProvisionError> {
        let row = self.store.account(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        self.account_of(row)
    }

    /// Accounts in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(
        &self,
        integration: Option<&str>,
        after: &PageKey,
        limit: usize,
    ) -> Result<Page<Account>, ProvisionError> {
        let rows = self.store.accounts(integration, after, one_more(limit)).await?;
        let rows = page(rows, limit, |row| PageKey { at: row.created_at, id: row.id.clone() });
        let items: Result<Vec<Account>, ProvisionError> =
            rows.items.into_iter().map(|row| self.account_of(row)).collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// What the sandbox is wanted for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sandbox_need(&self) -> Result<SandboxNeed, ProvisionError> {
        Ok(match self.store.count_accounts(Status::Sandbox.as_str()).await? {
            (0, _) => SandboxNeed::FirstStart,
            (_, 0) => SandboxNeed::None,
            _ => SandboxNeed::Accounts,
        })
    }

    /// Changes what the patch names. New credentials end an old grant.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`], [`ProvisionError::Invalid`], or when the database fails.
    pub async fn update_account(
        &self,
        id: &AccountId,
        patch: &AccountPatch,
        by: &Actor,
    ) -> Result<Account, ProvisionError> {
        let grant = if patch.credentials.is_some() { GrantFate::Ended } else { GrantFate::Kept };
        for _ in 0..TRIES {
            let before = self.store.account(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
            let (mut row, seen) = (before.clone(), before.updated_at);
            self.patch_account(&mut row, patch)?;
            row.updated_at = self.now().as_microsecond().max(seen + 1);
            let mut changes = changes(&of_account(&before), &of_account(&row));
            if patch.credentials.is_some() {
                replaced(&mut changes, "credentials");
            }
            let object = Object { id: &row.id, name: &row.name };
            let act = self.act(by, Action::AccountUpdate, &object, changes);
            if self.store.update_account(&row, seen, grant, &act).await? {
                return self.account_of(row);
            }
        }
        Err(ProvisionError::Contended)
    }

    /// Disconnects an account: its servers, grants and credentials go with it.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`], or when the database fails.
    pub async fn delete_account(&self, id: &AccountId, by: &Actor) -> Result<(), ProvisionError> {
        let row = self.store.account(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        let mut gone = changes(&of_account(&row), &Facts::new());
        let servers = self.store.number_of_servers(id.as_str()).await?;
        gone.insert("servers".to_owned(), json!({"from": servers}));
        let object = Object { id: &row.id, name: &row.name };
        let act = self.act(by, Action::AccountDelete, &object, gone);
        if self.store.delete_account(id.as_str(), &act).await? {
            Ok(())
        } else {
            Err(ProvisionError::NotFound)
        }
    }

    /// Opens the credentials of a row.
    ///
    /// # Errors
    /// When the seal does not open, or what was sealed cannot be read. The API's document has no
    /// part in it: see [`Account::attention`].
    pub fn open_credentials(&self, row: &AccountRow) -> Result<AccountCredentials, ProvisionError> {
        let plain = self.keys.open(&credentials_row(&row.id), &row.credentials)?;
        let read = AccountCredentials::from_stored(plain.expose_secret());
        read.map_err(|error| ProvisionError::Credentials(row.id.clone(), error))
    }

    fn seal_credentials(&self, id: &str, credentials: &AccountCredentials) -> Vec<u8> {
        self.keys.seal(&credentials_row(id), credentials.to_stored().as_bytes())
    }

    /// Where an account's requests go. `None` for a sandbox account while the sandbox is off, and
    /// for a host that the settings do not list any more.
    #[must_use]
    pub fn origin_of(&self, account: &Account, api: &Api) -> Option<Origin> {
        if account.status == Status::Sandbox {
            return self.sandbox.clone();
        }
        Origin::parse(api, account.base_url.as_deref(), account.region.as_deref(), &self.hosts).ok()
    }

    /// A row as an account.
    pub(crate) fn account_of(&self, row: AccountRow) -> Result<Account, ProvisionError> {
        let (Some(id), Some(status)) = (AccountId::parse(&row.id), Status::parse(&row.status))
        else {
            return Err(ProvisionError::Damaged(row.id));
        };
        let attention = self.attention(&row);
        let base_url = if status == Status::Sandbox {
            self.sandbox.as_ref().map(|origin| origin.as_str().to_owned())
        } else {
            row.base_url
        };
        Ok(Account {
            id,
            integration: row.integration,
            name: row.name,
            region: row.region,
            base_url,
            credentials_type: row.kind,
            status,
            attention,
            created_at: from_micros(row.created_at),
            updated_at: from_micros(row.updated_at),
            owner: row.owner,
            purpose: row.purpose,
            created_by: Creator::of(row.created_by_id, row.created_by_name),
        })
    }

    /// Why somebody should look after an account's credentials.
    fn attention(&self, row: &AccountRow) -> Option<String> {
        let Some(api) = self.api(&row.integration) else {
            return Some(format!("{} is not on board", row.integration));
        };
        match self.open_credentials(row) {
            Ok(credentials) => credentials.misfit(api),
            Err(error) => Some(error.to_string()),
        }
    }

    fn patch_account(
        &self,
        row: &mut AccountRow,
        patch: &AccountPatch,
    ) -> Result<(), ProvisionError> {
        let mut violations = Violations::of_body();
        if let Some(name) = &patch.name {
            row.name.clone_from(name);
        }
        patch.owner.apply_to(&mut row.owner);
        patch.purpose.apply_to(&mut row.purpose);
        let moved = patch.region != Patch::Absent || patch.base_url != Patch::Absent;
        if !moved && patch.credentials.is_none() {
            return Ok(());
        }
        if row.status == Status::Sandbox.as_str() {
            violations.push(Violation::new(
                "",
                "a sandbox account takes a new name only; connect another account to the vendor",
            ));
            return Err(violations.into());
        }
        let Some(api) = self.api_or_fault(&row.integration, &mut violations) else {
            return Err(violations.into());
        };
        if moved {
            let region = after(&patch.region, row.region.clone(), &patch.base_url);
            let base_url = after(&patch.base_url, row.base_url.clone(), &patch.region);
            (row.region, row.base_url) = self.check_origin(api, region, base_url, &mut violations);
        }
        if let Some(given) = &patch.credentials
            && let Some(credentials) =
                credentials::read(api, given.clone(), CREDENTIALS, &mut violations)
        {
            row.credentials = self.seal_credentials(&row.id, &credentials);
            credentials.kind().clone_into(&mut row.kind);
            first_status(&credentials).as_str().clone_into(&mut row.status);
        }
        if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
    }

    /// Checks where an account points.
    fn check_origin(
        &self,
        api: &Api,
        region: Option<String>,
        base_url: Option<String>,
        violations: &mut Violations,
    ) -> (Option<String>, Option<String>) {
        if region.is_some() && base_url.is_some() {
            let expected = "cannot stand beside region: name one";
            violations.push(Violation::of("base_url", expected));
        }
        match Origin::parse(api, base_url.as_deref(), region.as_deref(), &self.hosts) {
            Ok(_) => {}
            Err(error @ OriginError::UnknownRegion { .. }) => {
                violations.push(Violation::of("region", error.to_string()));
            }
            Err(error) => violations.push(Violation::of("base_url", error.to_string())),
        }
        (region, base_url)
    }
}

/// What a member is after a patch: naming a region takes the place of a base URL, and the other way
/// round.
fn after(named: &Patch<String>, present: Option<String>, rival: &Patch<String>) -> Option<String> {
    match (named, rival) {
        (Patch::Some(text), _) => Some(text.clone()),
        (Patch::Null, _) | (Patch::Absent, Patch::Some(_)) => None,
        (Patch::Absent, _) => present,
    }
}

fn first_status(credentials: &AccountCredentials) -> Status {
    match credentials {
        AccountCredentials::AuthorizationCode { .. } => Status::NeedsReauth,
        _ => Status::Active,
    }
}

/// What the seal of an account's credentials is bound to.
pub(super) fn credentials_row(id: &str) -> String {
    format!("integrated_account/{id}/credentials")
}
