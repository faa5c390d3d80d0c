-- The counts of call_rollup by what they are read for: `scope` is empty for all calls together, or the id of an account
-- or of a server.
CREATE TABLE call_total (
    scope  TEXT    NOT NULL,
    hour   INTEGER NOT NULL,
    tool   TEXT    NOT NULL,
    status TEXT    NOT NULL,
    le_us  INTEGER NOT NULL,
    calls  INTEGER NOT NULL,
    PRIMARY KEY (scope, hour, tool, status, le_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_total_hour ON call_total (hour);
INSERT INTO call_total (scope, hour, tool, status, le_us, calls)
    SELECT '', hour, tool, status, le_us, SUM(calls) FROM call_rollup GROUP BY hour, tool, status, le_us;
INSERT INTO call_total (scope, hour, tool, status, le_us, calls)
    SELECT account_id, hour, tool, status, le_us, SUM(calls) FROM call_rollup
    GROUP BY account_id, hour, tool, status, le_us;
INSERT INTO call_total (scope, hour, tool, status, le_us, calls)
    SELECT server_id, hour, tool, status, le_us, SUM(calls) FROM call_rollup WHERE server_id <> ''
    GROUP BY server_id, hour, tool, status, le_us;

-- Failed calls of every kind, newest first.
CREATE INDEX call_log_failures ON call_log (at, id) WHERE status <> 'ok';
