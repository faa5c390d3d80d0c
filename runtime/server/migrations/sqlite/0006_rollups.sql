-- Calls by the hour, for charts: they outlive the log. `server_id` is empty where there was none, `le_us` is the upper
-- bound of how long the calls took.
CREATE TABLE call_rollup (
    hour        INTEGER NOT NULL,
    account_id  TEXT    NOT NULL,
    server_id   TEXT    NOT NULL,
    tool        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    le_us       INTEGER NOT NULL,
    calls       INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    PRIMARY KEY (hour, account_id, server_id, tool, status, le_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_rollup_account ON call_rollup (account_id, hour);
CREATE INDEX call_rollup_server ON call_rollup (server_id, hour);
