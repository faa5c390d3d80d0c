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
ALTER TABLE mcp_server ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
-- The URL before the last rotation, and until when it is good.
ALTER TABLE mcp_server ADD COLUMN previous_hash BLOB;
ALTER TABLE mcp_server ADD COLUMN previous_until INTEGER;
CREATE UNIQUE INDEX mcp_server_previous ON mcp_server (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX mcp_server_overlap ON mcp_server (previous_until) WHERE previous_until IS NOT NULL;
