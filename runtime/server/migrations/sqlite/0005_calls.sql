-- Through which client a call came, and what the vendor's answer cost.
ALTER TABLE call_log ADD COLUMN client_name TEXT;
ALTER TABLE call_log ADD COLUMN client_version TEXT;
ALTER TABLE call_log ADD COLUMN request_id TEXT;
ALTER TABLE call_log ADD COLUMN bytes INTEGER;
ALTER TABLE call_log ADD COLUMN upstream_us INTEGER;

-- What the log is filtered by. Most calls go well, and those that did not are looked for.
CREATE INDEX call_log_tool ON call_log (tool, at, id);
CREATE INDEX call_log_client ON call_log (client_name, at, id) WHERE client_name IS NOT NULL;
CREATE INDEX call_log_failed ON call_log (status, at, id) WHERE status <> 'ok';
CREATE INDEX integrated_account_name ON integrated_account (name);
CREATE INDEX mcp_server_name ON mcp_server (name);
