-- Servers that ask people to sign in, as their config says: while there is one, clients are told how.
ALTER TABLE mcp_server ADD COLUMN sign_in BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX mcp_server_sign_in ON mcp_server (expires_at) WHERE sign_in;

-- Programs that registered to be let in to servers with sign-in. `redirects` is a list in JSON.
CREATE TABLE applicant (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    redirects TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX applicant_use ON applicant (COALESCE(used_at, created_at));

-- What a person let an applicant into: one URL of one server, as long as the API token is good that the person signed in
-- with. First it has a code, which is good once; then a family of refresh tokens, one of which is good at a time.
CREATE TABLE admission (
    id TEXT NOT NULL PRIMARY KEY,
    server_id TEXT NOT NULL REFERENCES mcp_server (id) ON DELETE CASCADE,
    url_hash BYTEA NOT NULL,
    token_id TEXT REFERENCES api_token (id) ON DELETE CASCADE,
    token_name TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    applicant_id TEXT NOT NULL,
    applicant_name TEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    redirect_host TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    code_hash BYTEA NOT NULL UNIQUE,
    code_until BIGINT,
    family_hash BYTEA UNIQUE,
    refresh_hash BYTEA,
    refresh_until BIGINT,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX admission_server ON admission (server_id, created_at, id);
CREATE INDEX admission_token ON admission (token_id);
CREATE INDEX admission_applicant ON admission (applicant_id);

-- Access tokens.
CREATE TABLE admission_access (
    hash BYTEA NOT NULL PRIMARY KEY,
    admission_id TEXT NOT NULL REFERENCES admission (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX admission_access_owner ON admission_access (admission_id);
CREATE INDEX admission_access_end ON admission_access (expires_at);

-- Every node hears that somebody was shut out.
CREATE FUNCTION drawbridge_tell_admission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('drawbridge', 'admission:' || OLD.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER admission_tell AFTER DELETE ON admission
    FOR EACH ROW EXECUTE FUNCTION drawbridge_tell_admission();
