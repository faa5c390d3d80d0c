--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: drawbridge_tell(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.drawbridge_tell() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'integrated_account' THEN
        PERFORM pg_notify('drawbridge', 'account:' || OLD.id);
    ELSIF TG_TABLE_NAME = 'mcp_server' THEN
        PERFORM pg_notify('drawbridge', 'server:' || encode(OLD.token_hash, 'hex'));
    ELSE
        PERFORM pg_notify('drawbridge', 'token:' || encode(OLD.token_hash, 'hex'));
    END IF;
    RETURN NULL;
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: _sqlx_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: api_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_token (
    id text NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    token_hash bytea NOT NULL,
    expires_at bigint,
    created_at bigint NOT NULL,
    last_used_at bigint
);


--
-- Name: call_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.call_log (
    id text NOT NULL,
    at bigint NOT NULL,
    account_id text NOT NULL,
    server_id text,
    api_token_id text,
    tool text NOT NULL,
    status text NOT NULL,
    upstream_status bigint,
    duration_us bigint NOT NULL
);


--
-- Name: integrated_account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.integrated_account (
    id text NOT NULL,
    integration text NOT NULL,
    name text NOT NULL,
    region text,
    base_url text,
    kind text NOT NULL,
    credentials bytea NOT NULL,
    status text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);


--
-- Name: mcp_server; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mcp_server (
    id text NOT NULL,
    account_id text NOT NULL,
    name text NOT NULL,
    config text NOT NULL,
    token_hash bytea NOT NULL,
    expires_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_used_at bigint
);


--
-- Name: oauth_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.oauth_attempt (
    state_hash bytea NOT NULL,
    account_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: oauth_grant; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.oauth_grant (
    account_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at bigint,
    version bigint NOT NULL,
    leased_until bigint NOT NULL
);


--
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public._sqlx_migrations (version, description, installed_on, success, checksum, execution_time) FROM stdin;
1	first	2026-11-29 14:33:11.973693+00	t	\\x61b50a139a3ebb9e9c7f99a1f99ff51809c2d3c49c86e89848d0726eef66857d1682cc694efe5bbd022674b6abdb38f8	24006358
\.


--
-- Data for Name: api_token; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_token (id, name, scope, token_hash, expires_at, created_at, last_used_at) FROM stdin;
tok_a7846cb95a0ea2f3bbfb4d03	kept	call	\\xa2545f71bfe66b60b0ba2c4ebcf28083d3151ee5ec8a9ca3d81a5c4b9e09d3d8	\N	1795962792116925	1795962792208327
\.


--
-- Data for Name: call_log; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.call_log (id, at, account_id, server_id, api_token_id, tool, status, upstream_status, duration_us) FROM stdin;
call_95045cdeb07a8388dcb78d4d	1795962792124682	acc_924b8327fbd15733e89240ec	mcp_ec8b373f58189a6b9f3079a3	\N	list_all_ironclad_workflows	ok	200	75353
call_e3ada8077e55dcfa2b2df3be	1795962792208327	acc_ab2e4b5016d47cf2c4967af1	mcp_8d508189d1b23256b66d941c	tok_a7846cb95a0ea2f3bbfb4d03	list_all_ironclad_workflows	upstream_error	400	12977
\.


--
-- Data for Name: integrated_account; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.integrated_account (id, integration, name, region, base_url, kind, credentials, status, created_at, updated_at) FROM stdin;
acc_924b8327fbd15733e89240ec	ironclad	Ironclad sandbox	\N	\N	bearer	\\x01ba5749dadb9ca302cc32492950bfb6cc3f48d4c4e11429d595cf9da73615cae13a7236756956ad8afc79f5d92e0fb92534a36c5bbc0d31045d711ccd7a744a0739737b94048bf00a240bc1dbf740d5a406cd9372fab8c1b5404371e1738f	sandbox	1795962792019134	1795962792019134
acc_ce715071c44a09baa984c371	torii	Torii sandbox	\N	\N	bearer	\\x01ba5749da28d0b3d202327cd717f1d9d7392135d871914ec6f1a482d95b740507d0e53fa7473a63f40982d477b1be24f5977e48c6b19a84e898b2e494d7f476f152b3406a7c35acc02a8d1739a11cea54477b5a88961a767c450e352b52eb82b0bf014986a0684b7ed275ed0a0b3e89f5f36508f1232f5fcaad04aa9b630183888e7f06	sandbox	1795962792042025	1795962792042025
acc_ab2e4b5016d47cf2c4967af1	ironclad	OAuth	\N	http://127.0.0.1:39471	oauth2_client_credentials	\\x01ba5749da0ce0875aa9403e902df4c10c2d24732f1be2761fab55d39c23424385d53cc0ed723399ab1bfd1489364e16d7f6222bfcc074f7b0c291826ba395010d112921d6b714bf1e303f95c7f24e9f38da128f4a3e59e7654da4645a0c044a22476796128978c561c34df5892e1baaef87603363aa68f36f6b07c622ec46b26c2ce2b08526b6f51496d6c06170035de9fb39e09caf0b2209964d51916a7b8d2e997af063e720e6aa3b8fcd4907205ec4e7af480acfff5c	active	1795962792096357	1795962792096357
\.


--
-- Data for Name: mcp_server; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.mcp_server (id, account_id, name, config, token_hash, expires_at, created_at, updated_at, last_used_at) FROM stdin;
mcp_4b910df5a93de04f20f6526c	acc_924b8327fbd15733e89240ec	Ironclad sandbox agent	{}	\\xbfbceaff554c57fa4f979f7ab53ec3101908ac8c23953e05ddd10af2702c8239	\N	1795962792039539	1795962792039539	\N
mcp_07f5aba36d40fbc676aa5f84	acc_ce715071c44a09baa984c371	Torii sandbox agent	{}	\\x46c097aab928cc7ed60f8850f767b15695bb0f12ef6318909d52078aa97fc4d4	\N	1795962792045033	1795962792045033	\N
mcp_8d508189d1b23256b66d941c	acc_ab2e4b5016d47cf2c4967af1	gone at the end of the century	{"methods":["read"],"require_api_token_auth":true}	\\x1314955a50ce979d34afc9368e414eac6f4e3b77d2d5942991952841953f7504	4102444799000000	1795962792111449	1795962792111449	1795962792208327
mcp_ec8b373f58189a6b9f3079a3	acc_924b8327fbd15733e89240ec	kept	{"methods":["read"]}	\\xce6233a44dd4ded0d8667c0973c1b28eeeea8a95f23e50d97b123c823da4a8df	\N	1795962792103421	1795962792103421	1795962792124682
\.


--
-- Data for Name: oauth_attempt; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.oauth_attempt (state_hash, account_id, sealed, expires_at) FROM stdin;
\.


--
-- Data for Name: oauth_grant; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.oauth_grant (account_id, sealed, expires_at, version, leased_until) FROM stdin;
acc_ab2e4b5016d47cf2c4967af1	\\x01ba5749dac4713e3ac714aed12083a75937c05f80c0e1aba0143d8c78fa0d90279cd2466a35d01421f46860119270579f7a880e6d11ee1637c31e9d1ac4c71dd747a4a9bd3c985419575cb229f72d0f0d73e7509b8ef6ae38d0a0a7d06be8cd1dcf408deca524ff2f8a584b41d63b3cab04db02ff7aa69783927ca893ee3edc44b52242416c40c2cb241cf6bfc87968e57a0362db3e52c2fd9960ee4fe9e00eb5a6675d29cb791540f03719cc0870131240a1150b67b0ee8157c69f29850ec8468c223f0899101ccc1bff088c81c8164666ed870ef9ffd314d987378e3290853d63dae4e72364e5df68	1795966392212278	1	0
\.


--
-- Name: _sqlx_migrations _sqlx_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);


--
-- Name: api_token api_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);


--
-- Name: api_token api_token_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);


--
-- Name: call_log call_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.call_log
    ADD CONSTRAINT call_log_pkey PRIMARY KEY (id);


--
-- Name: integrated_account integrated_account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.integrated_account
    ADD CONSTRAINT integrated_account_pkey PRIMARY KEY (id);


--
-- Name: mcp_server mcp_server_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mcp_server
    ADD CONSTRAINT mcp_server_pkey PRIMARY KEY (id);


--
-- Name: mcp_server mcp_server_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mcp_server
    ADD CONSTRAINT mcp_server_token_hash_key UNIQUE (token_hash);


--
-- Name: oauth_attempt oauth_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.oauth_attempt
    ADD CONSTRAINT oauth_attempt_pkey PRIMARY KEY (state_hash);


--
-- Name: oauth_grant oauth_grant_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.oauth_grant
    ADD CONSTRAINT oauth_grant_pkey PRIMARY KEY (account_id);


--
-- Name: api_token_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_token_order ON public.api_token USING btree (created_at, id);


--
-- Name: call_log_account; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX call_log_account ON public.call_log USING btree (account_id, at, id);


--
-- Name: call_log_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX call_log_order ON public.call_log USING btree (at, id);


--
-- Name: call_log_server; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX call_log_server ON public.call_log USING btree (server_id, at, id);


--
-- Name: integrated_account_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX integrated_account_order ON public.integrated_account USING btree (created_at, id);


--
-- Name: mcp_server_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mcp_server_expiry ON public.mcp_server USING btree (expires_at) WHERE (expires_at IS NOT NULL);


--
-- Name: mcp_server_order; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mcp_server_order ON public.mcp_server USING btree (account_id, created_at, id);


--
-- Name: api_token api_token_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER api_token_tell AFTER DELETE ON public.api_token FOR EACH ROW EXECUTE FUNCTION public.drawbridge_tell();


--
-- Name: integrated_account integrated_account_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER integrated_account_tell AFTER DELETE OR UPDATE ON public.integrated_account FOR EACH ROW EXECUTE FUNCTION public.drawbridge_tell();


--
-- Name: mcp_server mcp_server_tell; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER mcp_server_tell AFTER DELETE OR UPDATE OF name, config, expires_at ON public.mcp_server FOR EACH ROW EXECUTE FUNCTION public.drawbridge_tell();


--
-- Name: mcp_server mcp_server_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mcp_server
    ADD CONSTRAINT mcp_server_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.integrated_account(id) ON DELETE CASCADE;


--
-- Name: oauth_attempt oauth_attempt_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.oauth_attempt
    ADD CONSTRAINT oauth_attempt_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.integrated_account(id) ON DELETE CASCADE;


--
-- Name: oauth_grant oauth_grant_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.oauth_grant
    ADD CONSTRAINT oauth_grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.integrated_account(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


