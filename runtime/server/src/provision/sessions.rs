//! Sessions of the pages: a browser that was signed in with an API token.

use jiff::{SignedDuration, Timestamp};

use super::{Provision, ProvisionError, Token, TokenHash};
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
    /// Begins a session; the token is for the browser's cookie.
    ///
    /// # Errors
    /// When the database fails; so below.
    pub async fn begin_session(
        &self,
        token: TokenHash,
        zone: Option<String>,
    ) -> Result<Token, ProvisionError> {
        let (cookie, now) = (Token::random(""), self.now().as_microsecond());
        let row = SessionRow {
            hash: cookie.hash().as_bytes().to_vec(),
            token_hash: token.as_bytes().to_vec(),
            zone,
            created_at: now,
            seen_at: now,
        };
        self.store.insert_session(&row).await?;
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

    /// Ends a session.
    pub async fn end_session(&self, session: &TokenHash) -> Result<(), ProvisionError> {
        Ok(self.store.delete_session(session.as_bytes()).await?)
    }

    /// Removes the sessions whose time is over; answers how many.
    pub async fn remove_ended_sessions(&self) -> Result<u64, StoreError> {
        let before = |age| self.now().checked_sub(age).unwrap_or(Timestamp::MIN).as_microsecond();
        self.store.delete_ended_sessions(before(IDLE), before(LONGEST)).await
    }
}
