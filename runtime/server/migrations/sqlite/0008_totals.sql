-- The counts of call_rollup as charts read them: `scope` is empty for all calls together, or the id of an account. Once
-- by hour and bucket, where an empty `tool` stands for all tools together, and once by tool.
CREATE TABLE call_by_hour (
    scope  TEXT    NOT NULL,
    tool   TEXT    NOT NULL,
    hour   INTEGER NOT NULL,
    status TEXT    NOT NULL,
    le_us  INTEGER NOT NULL,
    calls  INTEGER NOT NULL,
    PRIMARY KEY (scope, tool, hour, status, le_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_by_hour_age ON call_by_hour (hour);
CREATE TABLE call_by_tool (
    scope  TEXT    NOT NULL,
    hour   INTEGER NOT NULL,
    tool   TEXT    NOT NULL,
    status TEXT    NOT NULL,
    calls  INTEGER NOT NULL,
    PRIMARY KEY (scope, hour, tool, status)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_by_tool_age ON call_by_tool (hour);

INSERT INTO call_by_hour (scope, tool, hour, status, le_us, calls)
    SELECT account_id, tool, hour, status, le_us, SUM(calls) FROM call_rollup
    GROUP BY account_id, tool, hour, status, le_us;
INSERT INTO call_by_hour (scope, tool, hour, status, le_us, calls)
    SELECT '', tool, hour, status, le_us, SUM(calls) FROM call_by_hour GROUP BY tool, hour, status, le_us;
INSERT INTO call_by_hour (scope, tool, hour, status, le_us, calls)
    SELECT scope, '', hour, status, le_us, SUM(calls) FROM call_by_hour GROUP BY scope, hour, status, le_us;
INSERT INTO call_by_tool (scope, hour, tool, status, calls)
    SELECT scope, hour, tool, status, SUM(calls) FROM call_by_hour WHERE tool <> ''
    GROUP BY scope, hour, tool, status;

-- Failed calls of every kind, newest first.
CREATE INDEX call_log_failures ON call_log (at, id) WHERE status <> 'ok';
