-- Who is signed in to the pages: a row a browser. It ends with the token that it was begun with.
CREATE TABLE session (
    hash BYTEA NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    zone TEXT,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- What a form that shows a secret was sent with: the same form sent again makes nothing anew.
ALTER TABLE audit_log ADD COLUMN nonce TEXT;
CREATE UNIQUE INDEX audit_log_nonce ON audit_log (nonce) WHERE nonce IS NOT NULL;

-- Through which client a server was last used, and how many tools it was last shown.
ALTER TABLE mcp_server ADD COLUMN last_client_name TEXT;
ALTER TABLE mcp_server ADD COLUMN last_client_version TEXT;
ALTER TABLE mcp_server ADD COLUMN listed_tools BIGINT;
CREATE INDEX mcp_server_age ON mcp_server (created_at, id);
CREATE INDEX mcp_server_last_use ON mcp_server (last_used_at);
