//! Sessions of the pages: a browser that was signed in with an API token.

use jiff::{SignedDuration, Timestamp};

use super::audit::{Action, Facts, Object};
use super::{Actor, ApiTokenId, Provision, ProvisionError, Token, TokenHash};
use crate::clock::from_micros;
use crate::store::{SessionRow, StoreError};

/// How long a session lasts that nobody uses.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// How long one lasts at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// How often it is noted that a session is in use.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// The hash of its cookie.
    pub hash: TokenHash,
    /// The hash of the API token that it was signed in with, and ends with.
    pub token: TokenHash,
    /// The time zone of the browser, as that tells it.
    pub zone: Option<String>,
}

impl Provision {
    /// Begins a session of `by`; the token is for the browser's cookie.
    ///
    /// # Errors
    /// When the database fails; so below.
    pub async fn begin_session(
        &self,
        token: TokenHash,
        zone: Option<String>,
        by: &Actor,
    ) -> Result<Token, ProvisionError> {
        let (cookie, now) = (Token::random(""), self.now().as_microsecond());
        let row = SessionRow {
            hash: cookie.hash().as_bytes().to_vec(),
            token_hash: token.as_bytes().to_vec(),
            zone,
            created_at: now,
            seen_at: now,
        };
        let act = self.act(by, Action::SessionCreate, &Object::of(by), Facts::new());
        self.store.insert_session(&row, &act).await?;
        Ok(cookie)
    }

    /// The session of a cookie; `None` when there is none or its time is over. It is in use when
    /// somebody asks, and not a page that is open.
    pub async fn session(
        &self,
        cookie: &str,
        used: bool,
    ) -> Result<Option<Session>, ProvisionError> {
        let hash = TokenHash::of(cookie);
        let Some(row) = self.store.session(hash.as_bytes()).await? else { return Ok(None) };
        let now = self.now();
        let age = |micros: i64| now.duration_since(from_micros(micros));
        if age(row.seen_at) > IDLE || age(row.created_at) > LONGEST {
            return Ok(None);
        }
        if used && age(row.seen_at) > NOTED {
            self.store.touch_session(hash.as_bytes(), now.as_microsecond()).await?;
        }
        let token = TokenHash::from_bytes(&row.token_hash)
            .ok_or_else(|| ProvisionError::Damaged("of a session".to_owned()))?;
        Ok(Some(Session { hash, token, zone: row.zone }))
    }

    /// Ends a session of `by`.
    pub async fn end_session(&self, session: &TokenHash, by: &Actor) -> Result<(), ProvisionError> {
        let act = self.act(by, Action::SessionDelete, &Object::of(by), Facts::new());
        self.store.delete_session(session.as_bytes(), &act).await?;
        Ok(())
    }

    /// Notes that somebody was not let in. What was sent is not told.
    pub async fn session_refused(&self, by: &Actor) -> Result<(), ProvisionError> {
        let act = self.act(by, Action::SessionRefuse, &Object::SIGN_IN, Facts::new());
        Ok(self.store.insert_act(&act).await?)
    }

    /// How many browsers are signed in with an API token.
    pub async fn count_sessions(&self, token: &ApiTokenId) -> Result<u64, ProvisionError> {
        let row = self.store.api_token(token.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        let (seen, created) = (self.before(IDLE), self.before(LONGEST));
        let count = self.store.count_sessions(&row.token_hash, seen, created).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Removes the sessions whose time is over; answers how many.
    pub async fn remove_ended_sessions(&self) -> Result<u64, StoreError> {
        self.store.delete_ended_sessions(self.before(IDLE), self.before(LONGEST)).await
    }

    fn before(&self, age: SignedDuration) -> i64 {
        self.now().checked_sub(age).unwrap_or(Timestamp::MIN).as_microsecond()
    }
}
