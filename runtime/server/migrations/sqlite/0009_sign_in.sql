-- Servers that ask people to sign in, as their config says: while there is one, clients are told how.
ALTER TABLE mcp_server ADD COLUMN sign_in INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mcp_server_sign_in ON mcp_server (expires_at) WHERE sign_in;

-- Programs that registered to be let in to servers with sign-in. `redirects` is a list in JSON.
CREATE TABLE applicant (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    redirects  TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX applicant_use ON applicant (COALESCE(used_at, created_at));

-- What a person let an applicant into: one URL of one server, as long as the API token is good that the person signed in
-- with. First it has a code, which is good once; then a family of refresh tokens, one of which is good at a time.
CREATE TABLE admission (
    id             TEXT    NOT NULL PRIMARY KEY,
    server_id      TEXT    NOT NULL REFERENCES mcp_server (id) ON DELETE CASCADE,
    url_hash       BLOB    NOT NULL,
    token_id       TEXT    REFERENCES api_token (id) ON DELETE CASCADE,
    token_name     TEXT    NOT NULL,
    token_hash     BLOB    NOT NULL,
    applicant_id   TEXT    NOT NULL,
    applicant_name TEXT    NOT NULL,
    verified       INTEGER NOT NULL,
    redirect_host  TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    challenge      TEXT    NOT NULL,
    code_hash      BLOB    NOT NULL UNIQUE,
    code_until     INTEGER,
    family_hash    BLOB    UNIQUE,
    refresh_hash   BLOB,
    refresh_until  INTEGER,
    created_at     INTEGER NOT NULL,
    used_at        INTEGER
) STRICT;
CREATE INDEX admission_server ON admission (server_id, created_at, id);
CREATE INDEX admission_token ON admission (token_id);
CREATE INDEX admission_applicant ON admission (applicant_id);

-- Access tokens.
CREATE TABLE admission_access (
    hash         BLOB    NOT NULL PRIMARY KEY,
    admission_id TEXT    NOT NULL REFERENCES admission (id) ON DELETE CASCADE,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX admission_access_owner ON admission_access (admission_id);
CREATE INDEX admission_access_end ON admission_access (expires_at);
