//! A new secret URL for a server, while the old one stays good for as long as is wanted.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::audit::{Action, Facts, Object, replaced};
use super::servers::{hashes_of, server_of};
use super::{
    AccountId, Actor, Provision, ProvisionError, Server, ServerId, TRIES, Token, TokenHash,
};
use crate::fields::Fields;
use crate::store::ServerRow;
use crate::violation::Violations;

/// The longest overlap, in seconds: a week.
const LONGEST: i64 = 604_800;

/// How long the old URL stays good beside the new one.
#[derive(Debug, Clone, Copy)]
pub struct Overlap(SignedDuration);

impl Overlap {
    /// Reads `{overlap_seconds}`.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn read(body: Value) -> Result<Self, Violations> {
        let mut violations = Violations::of_body();
        let overlap = Fields::new(body, "", &mut violations).and_then(|mut fields| {
            let seconds = fields.whole("overlap_seconds", 0..=LONGEST);
            fields.finish();
            Some(Self(SignedDuration::from_secs(seconds?)))
        });
        violations.settle(overlap)
    }
}

impl Provision {
    /// Gives a server a new URL; the token is in this answer and nowhere else. Answers also the
    /// hashes that caches know the server by until now: of the URL that is the old one from here
    /// on, and of the one that this rotation ends.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is no such server or it has expired, or when the
    /// database fails.
    pub async fn rotate_server(
        &self,
        account: &AccountId,
        id: &ServerId,
        Overlap(overlap): Overlap,
        by: &Actor,
    ) -> Result<(Server, Token, Vec<TokenHash>), ProvisionError> {
        for _ in 0..TRIES {
            let mut row = self.server_row(account, id).await?;
            let (seen, known, token) = (row.updated_at, hashes_of(&row)?, Token::random(""));
            let now = self.now();
            let old = std::mem::replace(&mut row.token_hash, token.hash().as_bytes().to_vec());
            let until = now.checked_add(overlap).unwrap_or(Timestamp::MAX);
            let lasting = !overlap.is_zero();
            row.previous_hash = lasting.then_some(old);
            row.previous_until = lasting.then(|| until.as_microsecond());
            row.updated_at = now.as_microsecond().max(seen + 1);
            let mut changes = Facts::new();
            replaced(&mut changes, "url");
            changes.insert("overlap_seconds".to_owned(), overlap.as_secs().into());
            let object = Object { id: &row.id, name: &row.name };
            let act = self.act(by, Action::ServerRotate, &object, changes);
            if self.store.update_server(&row, seen, &act).await? {
                return Ok((server_of(row)?, token, known));
            }
        }
        Err(ProvisionError::Contended)
    }
}

/// From when on the URL token with this hash opens nothing, if ever: the old URL of a rotated
/// server ends with its overlap, and never later than the server.
#[must_use]
pub fn end_of(row: &ServerRow, hash: &TokenHash) -> Option<i64> {
    let is_previous = row
        .previous_hash
        .as_deref()
        .is_some_and(|previous| subtle::ConstantTimeEq::ct_eq(previous, hash.as_bytes()).into());
    let overlap = if is_previous { row.previous_until } else { None };
    overlap.into_iter().chain(row.expires_at).min()
}
