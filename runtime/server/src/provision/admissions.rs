//! Who was let in to servers with sign-in: applicants, codes, access and refresh tokens (RFC 6749,
//! RFC 7636).
//!
//! An admission is one consent of one person. Its code is good once; its refresh tokens follow each
//! other, and only the last one is good: who shows another has stolen it or was stolen from, and the
//! whole admission ends (RFC 9700 section 4.14.2). An answer that was lost costs a new sign-in: a
//! grace for the token before would be one for its thief.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::audit::{Action, Facts, Object};
use super::{
    Actor, AdmissionId, Creator, Provision, ProvisionError, ServerId, Token, TokenHash, random_id,
};
use crate::applicants::{Applicant, Redirect};
use crate::clock::from_micros;
use crate::store::{AdmissionRow, ApplicantRow, Renewal, Spent, StoreError};

/// How long an access token is good.
pub const ACCESS_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// How long a code is good.
const CODE_LASTS: SignedDuration = SignedDuration::from_secs(60);
/// How long a refresh token is good that nobody uses.
const REFRESH_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long an applicant is kept that nobody let in, and one that was let in long ago.
const UNUSED: SignedDuration = SignedDuration::from_hours(24);
const IDLE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The most applicants there may be, and admissions of a server.
const APPLICANTS: i64 = 10_000;
const ADMISSIONS: i64 = 1_000;
/// What refresh tokens begin with, and how long the part is that all of a family share.
const REFRESH: (&str, usize) = ("dbr_", 4 + 43);

/// What a person lets an applicant into.
#[derive(Debug)]
pub struct NewAdmission<'a> {
    /// The server's id and name.
    pub server: (&'a ServerId, &'a str),
    /// The hash of its URL token.
    pub url: TokenHash,
    /// The API token that the person signed in with.
    pub token: TokenHash,
    /// Who wants in.
    pub applicant: &'a Applicant,
    /// Where the code goes.
    pub redirect: &'a Redirect,
    /// The challenge to its proof key.
    pub challenge: &'a str,
}

/// An admission.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Its id.
    pub id: AdmissionId,
    /// The server.
    pub server: ServerId,
    /// The hash of the one URL token that it is for.
    pub url: TokenHash,
    /// The API token that the person signed in with, and is known by.
    pub token: TokenHash,
    /// The person, by the name of that token.
    pub who: Creator,
    /// Who was let in.
    pub applicant: String,
    /// What that calls itself.
    pub applicant_name: String,
    /// Whether somebody vouches for that name.
    pub verified: bool,
    /// Where its codes went.
    pub redirect_host: String,
    /// The same as it was given.
    pub redirect_uri: String,
    /// The challenge to its proof key.
    pub challenge: String,
    /// What its code is good for.
    pub code: CodeState,
    /// When the person agreed.
    pub created_at: Timestamp,
    /// When it last got tokens.
    pub used_at: Option<Timestamp>,
    refresh: Option<(Vec<u8>, i64)>,
}

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// It can be exchanged until then.
    Good(Timestamp),
    /// It was exchanged.
    Spent,
}

/// What a code or a refresh token is exchanged for.
#[derive(Debug)]
pub struct Tokens {
    /// Good for [`ACCESS_LASTS`].
    pub access: Token,
    /// Good once.
    pub refresh: Token,
}

/// What an access token opens.
#[derive(Debug)]
pub struct Access {
    /// The one URL that it is for.
    pub url: TokenHash,
    /// The person, by the API token.
    pub token: TokenHash,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

impl Provision {
    /// Registers an applicant; it gets an id of ours.
    ///
    /// # Errors
    /// [`ProvisionError::Full`], or when the database fails; so below.
    pub async fn register(&self, applicant: Applicant) -> Result<Applicant, ProvisionError> {
        if self.store.number_of_applicants().await? >= APPLICANTS {
            let what = "registered clients; those that nobody lets in are removed after a day";
            return Err(ProvisionError::Full { limit: APPLICANTS, what });
        }
        let applicant = Applicant { id: random_id("dbc_"), ..applicant };
        let row = ApplicantRow {
            id: applicant.id.clone(),
            name: applicant.name.clone(),
            redirects: applicant.redirect_uris().to_string(),
            created_at: self.now().as_microsecond(),
        };
        self.store.insert_applicant(&row).await?;
        Ok(applicant)
    }

    /// Whether a server asks people to sign in.
    pub async fn has_sign_in(&self) -> Result<bool, ProvisionError> {
        Ok(self.store.has_sign_in(self.now().as_microsecond()).await?)
    }

    /// The registered applicant of this id.
    pub async fn applicant(&self, id: &str) -> Result<Option<Applicant>, ProvisionError> {
        let Some(row) = self.store.applicant(id).await? else { return Ok(None) };
        let read = Applicant::reopen(row.id.clone(), row.name, &row.redirects);
        read.map(Some).ok_or(ProvisionError::Damaged(row.id))
    }

    /// Lets an applicant in, on behalf of `by`; answers the code.
    pub async fn admit(&self, new: &NewAdmission<'_>, by: &Actor) -> Result<Token, ProvisionError> {
        let (server, name) = new.server;
        if self.store.number_of_admissions(server.as_str()).await? >= ADMISSIONS {
            let what = "clients let in to this MCP server; shut some out first";
            return Err(ProvisionError::Full { limit: ADMISSIONS, what });
        }
        let (code, now) = (Token::random("dbo_"), self.now());
        let until = now.checked_add(CODE_LASTS).unwrap_or(Timestamp::MAX);
        let row = AdmissionRow {
            id: AdmissionId::random().to_string(),
            server_id: server.to_string(),
            url_hash: new.url.as_bytes().to_vec(),
            token_id: by.who.id.clone(),
            token_name: by.who.name.clone(),
            token_hash: new.token.as_bytes().to_vec(),
            applicant_id: new.applicant.id.clone(),
            applicant_name: new.applicant.name.clone(),
            verified: new.applicant.has_document() && !new.redirect.is_loopback(),
            redirect_host: new.redirect.host(),
            redirect_uri: new.redirect.as_str().to_owned(),
            challenge: new.challenge.to_owned(),
            code_hash: code.hash().as_bytes().to_vec(),
            code_until: Some(until.as_microsecond()),
            family_hash: None,
            refresh_hash: None,
            refresh_until: None,
            created_at: now.as_microsecond(),
            used_at: None,
        };
        let object = Object { id: server.as_str(), name };
        let act = self.act(by, Action::AdmissionCreate, &object, of_admission(&row));
        self.store.insert_admission(&row, &act).await?;
        Ok(code)
    }

    /// The admission that a code is of, spent or not.
    pub async fn admission_of_code(&self, code: &str) -> Result<Option<Admission>, ProvisionError> {
        let row = self.store.admission_by_code(TokenHash::of(code).as_bytes()).await?;
        row.map(admission_of).transpose()
    }

    /// The admission whose family a refresh token is of, whether or not it is the good one.
    pub async fn admission_of_refresh(
        &self,
        refresh: &str,
    ) -> Result<Option<Admission>, ProvisionError> {
        let Some(family) = family(refresh) else { return Ok(None) };
        let row = self.store.admission_by_family(TokenHash::of(family).as_bytes()).await?;
        row.map(admission_of).transpose()
    }

    /// The admissions of a server that clients make use of, newest first, a hundred at most.
    pub async fn admissions(&self, server: &ServerId) -> Result<Vec<Admission>, ProvisionError> {
        let now = self.now().as_microsecond();
        let rows = self.store.admissions(server.as_str(), now, 100).await?;
        rows.into_iter().map(admission_of).collect()
    }

    /// Exchanges the code of an admission; `None` when somebody else just did, or its time is over.
    pub async fn redeem(&self, admission: &Admission) -> Result<Option<Tokens>, ProvisionError> {
        let family = Token::random(REFRESH.0);
        self.renew(admission, family.expose(), Spent::Code).await
    }

    /// Exchanges a refresh token of an admission; `None` as above.
    pub async fn refresh(
        &self,
        admission: &Admission,
        refresh: &str,
    ) -> Result<Option<Tokens>, ProvisionError> {
        let Some(family) = family(refresh) else { return Ok(None) };
        let spent = TokenHash::of(refresh);
        self.renew(admission, family, Spent::Refresh(spent.as_bytes())).await
    }

    async fn renew(
        &self,
        admission: &Admission,
        family: &str,
        spent: Spent<'_>,
    ) -> Result<Option<Tokens>, ProvisionError> {
        let now = self.now();
        let tokens = Tokens { access: Token::random("dba_"), refresh: Token::of_family(family) };
        let hashes = [TokenHash::of(family), tokens.refresh.hash(), tokens.access.hash()];
        let in_time = |lasts| now.checked_add(lasts).unwrap_or(Timestamp::MAX).as_microsecond();
        let renewal = Renewal {
            id: admission.id.as_str(),
            family: hashes[0].as_bytes(),
            refresh: (hashes[1].as_bytes(), in_time(REFRESH_LASTS)),
            access: (hashes[2].as_bytes(), in_time(ACCESS_LASTS)),
            at: now.as_microsecond(),
        };
        Ok(self.store.renew_admission(&renewal, spent).await?.then_some(tokens))
    }

    /// What an access token opens.
    pub async fn access(&self, hash: &TokenHash) -> Result<Option<Access>, ProvisionError> {
        let Some(row) = self.store.access(hash.as_bytes()).await? else { return Ok(None) };
        let url = TokenHash::from_bytes(&row.url_hash);
        let Some((url, token)) = url.zip(TokenHash::from_bytes(&row.token_hash)) else {
            return Err(ProvisionError::Damaged("of an access token".to_owned()));
        };
        Ok(Some(Access { url, token, expires_at: from_micros(row.expires_at) }))
    }

    /// The admission that an access token is of.
    pub async fn admission_of_access(
        &self,
        access: &str,
    ) -> Result<Option<Admission>, ProvisionError> {
        let row = self.store.admission_by_access(TokenHash::of(access).as_bytes()).await?;
        row.map(admission_of).transpose()
    }

    /// The admission of this id under this server.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none, or when the database fails.
    pub async fn admission(
        &self,
        server: &ServerId,
        id: &AdmissionId,
    ) -> Result<Admission, ProvisionError> {
        let row = self.store.admission(server.as_str(), id.as_str()).await?;
        admission_of(row.ok_or(ProvisionError::NotFound)?)
    }

    /// Ends an admission with all its tokens, and says why.
    pub async fn end_admission(
        &self,
        admission: &Admission,
        why: &str,
        by: &Actor,
    ) -> Result<(), ProvisionError> {
        let held = self.store.held_server(admission.server.as_str()).await?;
        let name = held.map(|held| held.server.name).unwrap_or_default();
        let mut facts = told(&admission.id, &admission.applicant_name, &admission.redirect_host);
        facts.insert("why".to_owned(), json!({"to": why}));
        let object = Object { id: admission.server.as_str(), name: &name };
        let act = self.act(by, Action::AdmissionEnd, &object, facts);
        self.store.delete_admission(admission.id.as_str(), &act).await?;
        Ok(())
    }

    /// Notes that somebody who wanted to let an applicant in was not known. What was sent is not
    /// told.
    pub async fn admission_refused(
        &self,
        server: (&ServerId, &str),
        applicant: &Applicant,
        by: &Actor,
    ) -> Result<(), ProvisionError> {
        let mut facts = Facts::new();
        facts.insert("client".to_owned(), json!({"to": applicant.name}));
        let object = Object { id: server.0.as_str(), name: server.1 };
        let act = self.act(by, Action::AdmissionRefuse, &object, facts);
        Ok(self.store.insert_act(&act).await?)
    }

    /// Removes admissions that are over and applicants that are of no use; answers how many
    /// admissions.
    pub async fn remove_ended_admissions(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let before = |age| now.checked_sub(age).unwrap_or(Timestamp::MIN).as_microsecond();
        let now = now.as_microsecond();
        self.store.delete_ended_admissions(now, before(UNUSED), before(IDLE)).await
    }
}

impl Admission {
    /// Whether this is the refresh token that is good now, and not one that was used before.
    #[must_use]
    pub fn is_current(&self, refresh: &str) -> bool {
        self.refresh.as_ref().is_some_and(|(hash, _)| {
            subtle::ConstantTimeEq::ct_eq(hash.as_slice(), TokenHash::of(refresh).as_bytes()).into()
        })
    }

    /// Whether the time of its refresh token is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.refresh.as_ref().is_none_or(|(_, until)| from_micros(*until) <= now)
    }
}

/// The part of a refresh token that all of its family share.
fn family(refresh: &str) -> Option<&str> {
    let family = refresh.strip_prefix(REFRESH.0).and_then(|_| refresh.get(..REFRESH.1))?;
    (refresh.len() == REFRESH.1 + 43).then_some(family)
}

fn of_admission(row: &AdmissionRow) -> Facts {
    told(&row.id, &row.applicant_name, &row.redirect_host)
}

fn told(id: impl ToString, applicant: &str, host: &str) -> Facts {
    let members = [("admission", id.to_string()), ("client", applicant.to_owned())];
    let members = members.into_iter().chain([("redirect_host", host.to_owned())]);
    members.map(|(name, value)| (name.to_owned(), json!({"to": value}))).collect()
}

fn admission_of(row: AdmissionRow) -> Result<Admission, ProvisionError> {
    let hashes = (TokenHash::from_bytes(&row.url_hash), TokenHash::from_bytes(&row.token_hash));
    let (Some(id), Some(server), (Some(url), Some(token))) =
        (AdmissionId::parse(&row.id), ServerId::parse(&row.server_id), hashes)
    else {
        return Err(ProvisionError::Damaged(row.id));
    };
    Ok(Admission {
        id,
        server,
        url,
        token,
        who: Creator { id: row.token_id, name: row.token_name },
        applicant: row.applicant_id,
        applicant_name: row.applicant_name,
        verified: row.verified,
        redirect_host: row.redirect_host,
        redirect_uri: row.redirect_uri,
        challenge: row.challenge,
        code: row.code_until.map_or(CodeState::Spent, |until| CodeState::Good(from_micros(until))),
        created_at: from_micros(row.created_at),
        used_at: row.used_at.map(from_micros),
        refresh: row.refresh_hash.zip(row.refresh_until),
    })
}
