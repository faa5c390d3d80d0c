-- Every administrative act, written with what it did. No foreign keys: the log outlives what it speaks of.
CREATE TABLE audit_log (
    id          TEXT    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor_id    TEXT,
    actor_name  TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    object_id   TEXT    NOT NULL,
    object_name TEXT    NOT NULL,
    changes     TEXT    NOT NULL,
    address     TEXT,
    node        TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_log_order ON audit_log (at, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, at, id);
CREATE INDEX audit_log_actor_name ON audit_log (actor_name, at, id);
CREATE INDEX audit_log_action ON audit_log (action, at, id);
CREATE INDEX audit_log_object ON audit_log (object_id, at, id);
CREATE INDEX audit_log_object_name ON audit_log (object_name, at, id);

-- Who sent the browser: the grant that it brings is that token's act.
ALTER TABLE oauth_attempt ADD COLUMN begun_by_id TEXT;
ALTER TABLE oauth_attempt ADD COLUMN begun_by_name TEXT;
