-- Times are microseconds since 1970-01-01T00:00:00Z.
CREATE TABLE integrated_account (
    id TEXT NOT NULL PRIMARY KEY,
    integration TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT,
    base_url TEXT,
    kind TEXT NOT NULL,
    credentials BYTEA NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX integrated_account_order ON integrated_account (created_at, id);

-- What an OAuth server handed out for an account, and who renews it at the moment.
CREATE TABLE oauth_grant (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES integrated_account (id) ON DELETE CASCADE,
    sealed BYTEA NOT NULL,
    expires_at BIGINT,
    version BIGINT NOT NULL,
    leased_until BIGINT NOT NULL
);

-- A browser that was sent to an authorization endpoint and has not come back yet.
CREATE TABLE oauth_attempt (
    state_hash BYTEA NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    sealed BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE mcp_server (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES integrated_account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX mcp_server_order ON mcp_server (account_id, created_at, id);
CREATE INDEX mcp_server_expiry ON mcp_server (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX api_token_order ON api_token (created_at, id);

-- No foreign keys: the log outlives what it speaks of.
CREATE TABLE call_log (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    server_id TEXT,
    api_token_id TEXT,
    tool TEXT NOT NULL,
    status TEXT NOT NULL,
    upstream_status BIGINT,
    duration_us BIGINT NOT NULL
);
CREATE INDEX call_log_order ON call_log (at, id);
CREATE INDEX call_log_account ON call_log (account_id, at, id);
CREATE INDEX call_log_server ON call_log (server_id, at, id);

-- Every node hears of what its caches must forget, whoever changed it.
CREATE FUNCTION drawbridge_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'integrated_account' THEN
        PERFORM pg_notify('drawbridge', 'account:' || OLD.id);
    ELSIF TG_TABLE_NAME = 'mcp_server' THEN
        PERFORM pg_notify('drawbridge', 'server:' || encode(OLD.token_hash, 'hex'));
    ELSE
        PERFORM pg_notify('drawbridge', 'token:' || encode(OLD.token_hash, 'hex'));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER integrated_account_tell AFTER DELETE OR UPDATE ON integrated_account
    FOR EACH ROW EXECUTE FUNCTION drawbridge_tell();
CREATE TRIGGER mcp_server_tell AFTER DELETE OR UPDATE OF name, config, expires_at ON mcp_server
    FOR EACH ROW EXECUTE FUNCTION drawbridge_tell();
CREATE TRIGGER api_token_tell AFTER DELETE ON api_token
    FOR EACH ROW EXECUTE FUNCTION drawbridge_tell();
