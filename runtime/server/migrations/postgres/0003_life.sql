-- Who answers for a thing, what it is for, and who made it; null where nobody said, or it is older than this.
ALTER TABLE integrated_account ADD COLUMN owner TEXT;
ALTER TABLE integrated_account ADD COLUMN purpose TEXT;
ALTER TABLE integrated_account ADD COLUMN created_by_id TEXT;
ALTER TABLE integrated_account ADD COLUMN created_by_name TEXT;
ALTER TABLE api_token ADD COLUMN owner TEXT;
ALTER TABLE api_token ADD COLUMN purpose TEXT;
ALTER TABLE api_token ADD COLUMN created_by_id TEXT;
ALTER TABLE api_token ADD COLUMN created_by_name TEXT;
ALTER TABLE mcp_server ADD COLUMN owner TEXT;
ALTER TABLE mcp_server ADD COLUMN purpose TEXT;
ALTER TABLE mcp_server ADD COLUMN created_by_id TEXT;
ALTER TABLE mcp_server ADD COLUMN created_by_name TEXT;

-- A paused server answers like none.
ALTER TABLE mcp_server ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
-- The URL before the last rotation, and until when it is good.
ALTER TABLE mcp_server ADD COLUMN previous_hash BYTEA;
ALTER TABLE mcp_server ADD COLUMN previous_until BIGINT;
CREATE UNIQUE INDEX mcp_server_previous ON mcp_server (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX mcp_server_overlap ON mcp_server (previous_until) WHERE previous_until IS NOT NULL;

-- A server is known by the hashes of both its URLs.
CREATE OR REPLACE FUNCTION drawbridge_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'integrated_account' THEN
        PERFORM pg_notify('drawbridge', 'account:' || OLD.id);
    ELSIF TG_TABLE_NAME = 'mcp_server' THEN
        PERFORM pg_notify('drawbridge', 'server:' || encode(OLD.token_hash, 'hex'));
        IF OLD.previous_hash IS NOT NULL THEN
            PERFORM pg_notify('drawbridge', 'server:' || encode(OLD.previous_hash, 'hex'));
        END IF;
    ELSE
        PERFORM pg_notify('drawbridge', 'token:' || encode(OLD.token_hash, 'hex'));
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER mcp_server_tell ON mcp_server;
CREATE TRIGGER mcp_server_tell
    AFTER DELETE OR UPDATE OF name, config, expires_at, paused, token_hash, previous_hash, previous_until ON mcp_server
    FOR EACH ROW EXECUTE FUNCTION drawbridge_tell();
