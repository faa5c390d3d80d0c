//! API tokens: what opens the admin API, or only calls.

use jiff::Timestamp;
use serde_json::Value;

use super::audit::{Action, Facts, Object, changes, of_api_token};
use super::servers::is_good;
use super::{
    Actor, ApiTokenId, Creator, Page, Provision, ProvisionError, Token, TokenHash, one_more, page,
};
use crate::clock::from_micros;
use crate::fields::Fields;
use crate::store::{ApiTokenRow, PageKey};
use crate::violation::Violations;

/// An API token, without its text.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// What people call it.
    pub name: String,
    /// What it opens.
    pub scope: Scope,
    /// From when on it opens nothing.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, give or take the time that uses are gathered.
    pub last_used_at: Option<Timestamp>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Who made it, where that is known.
    pub created_by: Option<Creator>,
}

/// What an API token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Admin,
    /// MCP URLs with a second factor, letting clients in to those with sign-in, and calling tools
    /// over HTTP.
    Call,
}

impl Scope {
    /// The word on the wire and in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Call => "call",
        }
    }

    /// What a token of it does, in words.
    #[must_use]
    pub const fn may(self) -> &'static str {
        match self {
            Self::Admin => "administers everything",
            Self::Call => {
                "opens MCP URLs with a second factor, lets clients in to those with sign-in, and calls tools, nothing else"
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Admin, Self::Call].into_iter().find(|scope| scope.as_str() == text)
    }
}

/// What a new API token is made of.
#[derive(Debug)]
pub struct NewApiToken {
    name: String,
    scope: Scope,
    expires_at: Option<Timestamp>,
    owner: Option<String>,
    purpose: Option<String>,
}

impl NewApiToken {
    /// The token of a first start.
    #[must_use]
    pub fn first() -> Self {
        Self {
            name: "first start".to_owned(),
            scope: Scope::Admin,
            expires_at: None,
            owner: None,
            purpose: None,
        }
    }
}

impl Provision {
    /// Reads a new API token: `{name, scope, expires_at?, owner?, purpose?}`.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn read_new_api_token(&self, body: Value) -> Result<NewApiToken, Violations> {
        let mut violations = Violations::of_body();
        let token = Fields::new(body, "", &mut violations).and_then(|mut fields| {
            let name = fields.text("name");
            let word = fields.text("scope");
            let scope = word.as_deref().and_then(Scope::parse);
            if word.is_some() && scope.is_none() {
                fields.violation("scope", "must be admin or call");
            }
            let expires_at = fields.moment("expires_at").some();
            self.expect_future(expires_at, &mut fields);
            let owner = fields.text_if_given("owner").some();
            let purpose = fields.text_if_given("purpose").some();
            fields.finish();
            Some(NewApiToken { name: name?, scope: scope?, expires_at, owner, purpose })
        });
        violations.settle(token)
    }

    /// Makes an API token; its text is in this answer and nowhere else.
    ///
    /// # Errors
    /// [`ProvisionError::Full`], or when the database fails.
    pub async fn create_api_token(
        &self,
        new: NewApiToken,
        by: &Actor,
    ) -> Result<(ApiToken, Token), ProvisionError> {
        self.room_for_api_token().await?;
        let (token, now) = (Token::random("dbt_"), self.now());
        let row = ApiTokenRow {
            id: ApiTokenId::random().as_str().to_owned(),
            name: new.name,
            scope: new.scope.as_str().to_owned(),
            token_hash: token.hash().as_bytes().to_vec(),
            expires_at: new.expires_at.map(Timestamp::as_microsecond),
            created_at: now.as_microsecond(),
            last_used_at: None,
            owner: new.owner,
            purpose: new.purpose,
            created_by_id: by.who.id.clone(),
            created_by_name: Some(by.who.name.clone()),
        };
        let made = changes(&Facts::new(), &of_api_token(&row));
        let object = Object { id: &row.id, name: &row.name };
        let act = self.act(by, Action::TokenCreate, &object, made);
        self.store.insert_api_token(&row, &act).await?;
        Ok((api_token_of(row)?, token))
    }

    /// The API token of this id.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none or it has expired.
    pub async fn api_token(&self, id: &ApiTokenId) -> Result<ApiToken, ProvisionError> {
        let row = self.store.api_token(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        if !is_good(row.expires_at, self.now().as_microsecond()) {
            return Err(ProvisionError::NotFound);
        }
        api_token_of(row)
    }

    /// The API token with this hash, expired or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_token_by_hash(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<ApiToken>, ProvisionError> {
        self.store.api_token_by_hash(hash.as_bytes()).await?.map(api_token_of).transpose()
    }

    /// API tokens in the order in which they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_tokens(
        &self,
        after: &PageKey,
        limit: usize,
    ) -> Result<Page<ApiToken>, ProvisionError> {
        let rows = self.store.api_tokens(after, one_more(limit)).await?;
        let rows = page(rows, limit, |row| PageKey { at: row.created_at, id: row.id.clone() });
        let now = self.now().as_microsecond();
        let items: Result<Vec<ApiToken>, _> = rows
            .items
            .into_iter()
            .filter(|row| is_good(row.expires_at, now))
            .map(api_token_of)
            .collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// API tokens that are good, newest first: those whose name, owner, purpose or maker holds
    /// `words`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_api_tokens(
        &self,
        words: Option<&str>,
        before: Option<&PageKey>,
        limit: usize,
    ) -> Result<Page<ApiToken>, ProvisionError> {
        let now = self.now().as_microsecond();
        let rows = self.store.held_api_tokens(words, before, now, one_more(limit)).await?;
        let rows = page(rows, limit, |row| PageKey { at: row.created_at, id: row.id.clone() });
        let items: Result<Vec<ApiToken>, _> = rows.items.into_iter().map(api_token_of).collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// How many API tokens of a scope are good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_api_tokens(&self, scope: Scope) -> Result<u64, ProvisionError> {
        let now = self.now().as_microsecond();
        let count = self.store.count_api_tokens(scope.as_str(), now).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Whether someone could sign in with a token from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_admin_token(&self) -> Result<bool, ProvisionError> {
        Ok(self.count_api_tokens(Scope::Admin).await? > 0)
    }

    /// Revokes an API token; answers the hash that caches know it by.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none.
    pub async fn delete_api_token(
        &self,
        id: &ApiTokenId,
        by: &Actor,
    ) -> Result<TokenHash, ProvisionError> {
        let row = self.store.api_token(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        let gone = changes(&of_api_token(&row), &Facts::new());
        let act = self.act(by, Action::TokenDelete, &Object { id: &row.id, name: &row.name }, gone);
        if !self.store.delete_api_token(id.as_str(), &act).await? {
            return Err(ProvisionError::NotFound);
        }
        TokenHash::from_bytes(&row.token_hash).ok_or(ProvisionError::Damaged(row.id))
    }
}

fn api_token_of(row: ApiTokenRow) -> Result<ApiToken, ProvisionError> {
    let (Some(id), Some(scope)) = (ApiTokenId::parse(&row.id), Scope::parse(&row.scope)) else {
        return Err(ProvisionError::Damaged(row.id));
    };
    Ok(ApiToken {
        id,
        name: row.name,
        scope,
        expires_at: row.expires_at.map(from_micros),
        created_at: from_micros(row.created_at),
        last_used_at: row.last_used_at.map(from_micros),
        owner: row.owner,
        purpose: row.purpose,
        created_by: Creator::of(row.created_by_id, row.created_by_name),
    })
}
