-- Who there is, and what each may touch. Logins may have been made before, with their passwords; here they get their nature.
-- tod_owner owns every table and view; tod_keeper owns the key of the tenant tokens and nothing else. Nobody logs in as either.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['tod_owner', 'tod_keeper', 'tod_projector', 'tod_gateway'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- made by whoever prepared the server, or by a neighbouring database
        END;
    END LOOP;
END
$$;

ALTER ROLE tod_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE tod_keeper NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE tod_projector LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE tod_gateway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- The projector makes generations, so it may step into the owner's place; it inherits nothing while it writes rows.
GRANT tod_owner TO tod_projector WITH INHERIT FALSE, SET TRUE;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tod_projector, tod_gateway', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tod_projector', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO tod_owner', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

ALTER SCHEMA tod OWNER TO tod_owner;
CREATE SCHEMA read AUTHORIZATION tod_owner;
GRANT USAGE ON SCHEMA tod TO tod_projector, tod_gateway, tod_keeper;
GRANT USAGE ON SCHEMA read TO tod_projector, tod_gateway;
