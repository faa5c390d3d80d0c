-- Times are microseconds since 1970-01-01T00:00:00Z.
CREATE TABLE integrated_account (
    id          TEXT    NOT NULL PRIMARY KEY,
    integration TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    region      TEXT,
    base_url    TEXT,
    kind        TEXT    NOT NULL,
    credentials BLOB    NOT NULL,
    status      TEXT    NOT NULL,
    created_at  INTEGER  NOT NULL,
    updated_at  INTEGER  NOT NULL
) STRICT;
CREATE INDEX integrated_account_order ON integrated_account (created_at, id);

-- What an OAuth server handed out for an account, and who renews it at the moment.
CREATE TABLE oauth_grant (
    account_id   TEXT   NOT NULL PRIMARY KEY REFERENCES integrated_account (id) ON DELETE CASCADE,
    sealed       BLOB   NOT NULL,
    expires_at   INTEGER,
    version      INTEGER NOT NULL,
    leased_until INTEGER NOT NULL
) STRICT;

-- A browser that was sent to an authorization endpoint and has not come back yet.
CREATE TABLE oauth_attempt (
    state_hash BLOB   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    sealed     BLOB   NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE mcp_server (
    id           TEXT   NOT NULL PRIMARY KEY,
    account_id   TEXT   NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    name         TEXT   NOT NULL,
    config       TEXT   NOT NULL,
    token_hash   BLOB   NOT NULL UNIQUE,
    expires_at   INTEGER,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX mcp_server_order ON mcp_server (account_id, created_at, id);
CREATE INDEX mcp_server_expiry ON mcp_server (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE api_token (
    id           TEXT   NOT NULL PRIMARY KEY,
    name         TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    token_hash   BLOB   NOT NULL UNIQUE,
    expires_at   INTEGER,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_token_order ON api_token (created_at, id);

-- No foreign keys: the log outlives what it speaks of.
CREATE TABLE call_log (
    id              TEXT   NOT NULL PRIMARY KEY,
    at              INTEGER NOT NULL,
    account_id      TEXT   NOT NULL,
    server_id       TEXT,
    api_token_id    TEXT,
    tool            TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    upstream_status INTEGER,
    duration_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX call_log_order ON call_log (at, id);
CREATE INDEX call_log_account ON call_log (account_id, at, id);
CREATE INDEX call_log_server ON call_log (server_id, at, id);
