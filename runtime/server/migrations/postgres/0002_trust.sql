-- What proves that the master key at hand is the database's own: a secret of this installation, sealed like every other.
CREATE TABLE installation (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed BYTEA NOT NULL
);

-- A sealed value begins with the id of its key: which keys are in use, and what is left under an old one, is looked up.
CREATE INDEX integrated_account_key ON integrated_account (substr(credentials, 1, 5));
CREATE INDEX oauth_grant_key ON oauth_grant (substr(sealed, 1, 5));
CREATE INDEX oauth_attempt_key ON oauth_attempt (substr(sealed, 1, 5));

-- Who renews a grant, and since when by the database's clock: a lease from the future is one from before a clock step.
ALTER TABLE oauth_grant ADD COLUMN leased_at BIGINT;
ALTER TABLE oauth_grant ADD COLUMN lease_holder TEXT;

-- Calls that were committed to the log before they were sent, and have not come back yet.
CREATE INDEX call_log_unsettled ON call_log (at) WHERE status = 'unsettled';
