//! Statements on applicants and on what they were let into.

use super::rows::{AccessRow, AdmissionRow, ApplicantRow, AuditRow};
use super::{Store, StoreError, execute, note, reading, transaction};

/// The columns of an admission, by name.
macro_rules! columns {
    () => {
        "id, server_id, url_hash, token_id, token_name, token_hash, applicant_id, applicant_name, verified, \
         redirect_host, redirect_uri, challenge, code_hash, code_until, family_hash, refresh_hash, refresh_until, \
         created_at, used_at"
    };
}

/// What an applicant gets for a code or a refresh token.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// The admission.
    pub id: &'a str,
    /// Its family of refresh tokens.
    pub family: &'a [u8],
    /// The hash of the refresh token that is good from now on, and until when.
    pub refresh: (&'a [u8], i64),
    /// The hash of the access token, and until when it is good.
    pub access: (&'a [u8], i64),
    /// The moment.
    pub at: i64,
}

/// What is given up for a [`Renewal`].
#[derive(Debug, Clone, Copy)]
pub enum Spent<'a> {
    /// The code.
    Code,
    /// The refresh token with this hash.
    Refresh(&'a [u8]),
}

impl Store {
    /// Adds an applicant.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_applicant(&self, row: &ApplicantRow) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO applicant (id, name, redirects, created_at) VALUES ($1, $2, $3, $4)";
        execute!(self, SQL, &row.id, &row.name, &row.redirects, row.created_at)?;
        Ok(())
    }

    /// The applicant of this id.
    pub async fn applicant(&self, id: &str) -> Result<Option<ApplicantRow>, StoreError> {
        const SQL: &str = "SELECT id, name, redirects, created_at FROM applicant WHERE id = $1";
        reading!(self, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await)
    }

    /// How many applicants there are.
    pub async fn number_of_applicants(&self) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM applicant";
        reading!(self, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await)
    }

    /// How many admissions of a server there are.
    pub async fn number_of_admissions(&self, server: &str) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM admission WHERE server_id = $1";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(server).fetch_one(pool).await)
    }

    /// Adds an admission; its applicant has been used then.
    pub async fn insert_admission(
        &self,
        row: &AdmissionRow,
        act: &AuditRow,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO admission (id, server_id, url_hash, token_id, token_name, token_hash, \
            applicant_id, applicant_name, verified, redirect_host, redirect_uri, challenge, code_hash, code_until, created_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        transaction!(self, |transaction| {
            sqlx::query(SQL)
                .bind(&row.id)
                .bind(&row.server_id)
                .bind(&row.url_hash)
                .bind(&row.token_id)
                .bind(&row.token_name)
                .bind(&row.token_hash)
                .bind(&row.applicant_id)
                .bind(&row.applicant_name)
                .bind(row.verified)
                .bind(&row.redirect_host)
                .bind(&row.redirect_uri)
                .bind(&row.challenge)
                .bind(&row.code_hash)
                .bind(row.code_until)
                .bind(row.created_at)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("UPDATE applicant SET used_at = $2 WHERE id = $1")
                .bind(&row.applicant_id)
                .bind(row.created_at)
                .execute(&mut *transaction)
                .await?;
            note!(transaction, act);
        })
    }

    /// The admission whose code, spent or not, has this hash.
    pub async fn admission_by_code(&self, hash: &[u8]) -> Result<Option<AdmissionRow>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM admission WHERE code_hash = $1");
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// The admission with this family of refresh tokens.
    pub async fn admission_by_family(
        &self,
        hash: &[u8],
    ) -> Result<Option<AdmissionRow>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM admission WHERE family_hash = $1");
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// The admission of this id under this server.
    pub async fn admission(
        &self,
        server: &str,
        id: &str,
    ) -> Result<Option<AdmissionRow>, StoreError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), " FROM admission WHERE server_id = $1 AND id = $2");
        reading!(self, |pool| sqlx::query_as(SQL).bind(server).bind(id).fetch_optional(pool).await)
    }

    /// At most `limit` admissions of a server that a client has made use of, newest first.
    pub async fn admissions(
        &self,
        server: &str,
        now: i64,
        limit: i64,
    ) -> Result<Vec<AdmissionRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM admission WHERE server_id = $1 AND refresh_until > $2 AND EXISTS (SELECT 1 FROM mcp_server s \
            WHERE s.id = server_id AND s.sign_in AND (s.token_hash = url_hash OR (s.previous_hash = url_hash AND s.previous_until > $2))) \
            ORDER BY created_at DESC, id DESC LIMIT $3"
        );
        reading!(self, |pool| sqlx::query_as(SQL)
            .bind(server)
            .bind(now)
            .bind(limit)
            .fetch_all(pool)
            .await)
    }

    /// What the access token with this hash opens.
    pub async fn access(&self, hash: &[u8]) -> Result<Option<AccessRow>, StoreError> {
        const SQL: &str = "SELECT a.expires_at, d.url_hash, d.token_hash FROM admission_access a \
            JOIN admission d ON d.id = a.admission_id WHERE a.hash = $1";
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// The admission that the access token with this hash is of.
    pub async fn admission_by_access(
        &self,
        hash: &[u8],
    ) -> Result<Option<AdmissionRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM admission WHERE id = (SELECT admission_id FROM admission_access WHERE hash = $1)"
        );
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// Gives up a code or a refresh token for new tokens; `false` when it is not good any more.
    pub async fn renew_admission(
        &self,
        renewal: &Renewal<'_>,
        spent: Spent<'_>,
    ) -> Result<bool, StoreError> {
        const CODE: &str = "UPDATE admission SET code_until = NULL, family_hash = $2, refresh_hash = $3, \
            refresh_until = $4, used_at = $5 WHERE id = $1 AND code_until > $5";
        const REFRESH: &str = "UPDATE admission SET refresh_hash = $3, refresh_until = $4, used_at = $5 \
            WHERE id = $1 AND family_hash = $2 AND refresh_hash = $6 AND refresh_until > $5";
        const ACCESS: &str =
            "INSERT INTO admission_access (hash, admission_id, expires_at) VALUES ($1, $2, $3)";
        transaction!(self, |transaction| {
            let query = sqlx::query(if matches!(spent, Spent::Code) { CODE } else { REFRESH })
                .bind(renewal.id)
                .bind(renewal.family)
                .bind(renewal.refresh.0)
                .bind(renewal.refresh.1)
                .bind(renewal.at);
            let query = match spent {
                Spent::Code => query,
                Spent::Refresh(hash) => query.bind(hash),
            };
            let renewed = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if renewed {
                sqlx::query(ACCESS)
                    .bind(renewal.access.0)
                    .bind(renewal.id)
                    .bind(renewal.access.1)
                    .execute(&mut *transaction)
                    .await?;
            }
            renewed
        })
    }

    /// Ends an admission with all its tokens; `false` when there is none.
    pub async fn delete_admission(&self, id: &str, act: &AuditRow) -> Result<bool, StoreError> {
        super::execute_noted!(self, act, "DELETE FROM admission WHERE id = $1", id)
    }

    /// Removes what is over at `now`: access tokens, admissions that nothing opens any more, and
    /// applicants that were never let in since `unused`, or not since `idle`. Answers how many
    /// admissions that were.
    pub async fn delete_ended_admissions(
        &self,
        now: i64,
        unused: i64,
        idle: i64,
    ) -> Result<u64, StoreError> {
        const ACCESS: &str = "DELETE FROM admission_access WHERE expires_at <= $1";
        // The last refresh token outlives every access token.
        const ADMISSIONS: &str = "DELETE FROM admission WHERE COALESCE(code_until, refresh_until) <= $1 \
            OR NOT EXISTS (SELECT 1 FROM mcp_server s WHERE s.id = server_id AND s.sign_in \
            AND (s.token_hash = url_hash OR s.previous_hash = url_hash))";
        const APPLICANTS: &str = "DELETE FROM applicant WHERE COALESCE(used_at, created_at) < $1 \
            AND (used_at IS NULL OR used_at < $2) \
            AND NOT EXISTS (SELECT 1 FROM admission a WHERE a.applicant_id = applicant.id)";
        transaction!(self, |transaction| {
            sqlx::query(ACCESS).bind(now).execute(&mut *transaction).await?;
            let ended = sqlx::query(ADMISSIONS).bind(now).execute(&mut *transaction).await?;
            sqlx::query(APPLICANTS).bind(unused).bind(idle).execute(&mut *transaction).await?;
            ended.rows_affected()
        })
    }
}
