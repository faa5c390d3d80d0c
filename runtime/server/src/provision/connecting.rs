//! The time between sending a browser to a vendor and its coming back.

use secrecy::ExposeSecret;
use support::Secret;

use super::{AccountId, Actor, Creator, Provision, ProvisionError, SealError, Token, TokenHash};
use crate::store::AttemptRow;

/// How long a person may take at the vendor's.
const PATIENCE_MICROS: i64 = 600_000_000;

/// What goes along with a browser.
#[derive(Debug)]
pub struct Attempt {
    /// What the vendor gives back, to know the attempt by.
    pub state: Token,
    /// The proof key that is shown when the code is exchanged (RFC 7636).
    pub verifier: Secret,
}

impl Provision {
    /// Begins to connect an account; the state begins with `prefix`, which is to be known by again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_connecting(
        &self,
        account: &AccountId,
        by: &Actor,
        prefix: &str,
    ) -> Result<Attempt, ProvisionError> {
        let (state, verifier) = (Token::random(prefix), Token::random(""));
        let row = AttemptRow {
            state_hash: state.hash().as_bytes().to_vec(),
            account_id: account.to_string(),
            sealed: self.keys.seal(&attempt_row(account.as_str()), verifier.expose().as_bytes()),
            expires_at: self.now().as_microsecond() + PATIENCE_MICROS,
            begun_by_id: by.who.id.clone(),
            begun_by_name: Some(by.who.name.clone()),
        };
        self.store.insert_attempt(&row).await?;
        Ok(Attempt { state, verifier: verifier.expose().into() })
    }

    /// Finds out which account a state belongs to, and who began to connect it. A state is good
    /// once.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when it is unknown, used or too old.
    pub async fn finish_connecting(
        &self,
        state: &str,
    ) -> Result<(AccountId, Secret, Actor), ProvisionError> {
        let row = self
            .store
            .take_attempt(TokenHash::of(state).as_bytes())
            .await?
            .ok_or(ProvisionError::NotFound)?;
        if row.expires_at <= self.now().as_microsecond() {
            return Err(ProvisionError::NotFound);
        }
        let account =
            AccountId::parse(&row.account_id).ok_or(ProvisionError::Damaged(row.account_id))?;
        let plain = self.keys.open(&attempt_row(account.as_str()), &row.sealed)?;
        let verifier =
            String::from_utf8(plain.expose_secret().to_vec()).map_err(|_| SealError::Broken)?;
        let by = Creator::of(row.begun_by_id, row.begun_by_name);
        Ok((account, verifier.into(), by.map_or_else(Actor::unknown, Actor::of)))
    }
}

/// What the seal of a verifier is bound to.
pub(super) fn attempt_row(account: &str) -> String {
    format!("oauth_attempt/{account}")
}
