-- Row-level security that the gateway cannot forge: the tenant stands in a token with an HMAC-SHA256 that is checked here.
-- `commands` makes the token, the gateway passes it on in `app.tenant_token`, and only these functions read the key.
--
-- Token: v1.<kid>.<tenant uuid or *>.<expiry, epoch seconds>.<session>.<hex HMAC over everything before the last dot>
-- HMAC after RFC 2104 with the padded keys computed beforehand: sha256(outer_pad || sha256(inner_pad || text)).

CREATE TABLE tod.tenant_token_key (
    kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{1,64}$'),
    inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64),
    added_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tod.tenant_token_key OWNER TO tod_keeper;
ALTER TABLE tod.tenant_token_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE tod.tenant_token_key FORCE ROW LEVEL SECURITY;
CREATE POLICY keeper ON tod.tenant_token_key TO tod_keeper USING (true);

-- What the token of this transaction says: a tenant's id, '*' for all tenants, or NULL where there is none.
-- Raises 42501 for a token that is forged or expired. What is signed was written by us, so the signature is checked first and
-- the rest is trusted. The comparison is of digests, so that its duration tells nothing.
CREATE FUNCTION tod.token_tenant() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token text := current_setting('app.tenant_token', true);
    parts text[];
    pad tod.tenant_token_key;
    signed bytea;
BEGIN
    IF token IS NULL OR token = '' THEN
        RETURN NULL;
    END IF;
    parts := string_to_array(token, '.');
    SELECT * INTO pad FROM tod.tenant_token_key AS stored WHERE stored.kid = parts[2];
    IF NOT FOUND OR cardinality(parts) <> 6 OR parts[1] <> 'v1' THEN
        RAISE EXCEPTION 'the tenant token is not valid' USING ERRCODE = '42501';
    END IF;
    signed := sha256(pad.outer_pad || sha256(pad.inner_pad || convert_to(array_to_string(parts[1:5], '.'), 'UTF8')));
    IF sha256(pad.inner_pad || convert_to(encode(signed, 'hex'), 'UTF8')) <> sha256(pad.inner_pad || convert_to(parts[6], 'UTF8')) THEN
        RAISE EXCEPTION 'the tenant token is not valid' USING ERRCODE = '42501';
    END IF;
    IF parts[4]::bigint <= extract(epoch FROM statement_timestamp()) THEN
        RAISE EXCEPTION 'the tenant token has expired' USING ERRCODE = '42501';
    END IF;
    RETURN parts[3];
END
$$;

-- The tenant whose rows this transaction may see; NULL without a token and for whoever sees all.
CREATE FUNCTION tod.current_tenant() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN nullif(tod.token_tenant(), '*')::uuid;
END
$$;

-- Whether this transaction may see the rows of every tenant.
CREATE FUNCTION tod.sees_all() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(tod.token_tenant() = '*', false);
END
$$;

ALTER FUNCTION tod.token_tenant() OWNER TO tod_keeper;
ALTER FUNCTION tod.current_tenant() OWNER TO tod_keeper;
ALTER FUNCTION tod.sees_all() OWNER TO tod_keeper;
REVOKE ALL ON FUNCTION tod.token_tenant() FROM PUBLIC;
REVOKE ALL ON FUNCTION tod.current_tenant() FROM PUBLIC;
REVOKE ALL ON FUNCTION tod.sees_all() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tod.current_tenant() TO tod_owner, tod_gateway;
GRANT EXECUTE ON FUNCTION tod.sees_all() TO tod_owner, tod_gateway;
