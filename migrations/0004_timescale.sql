-- Time series are hypertables where the server offers TimescaleDB. The extension must be preloaded, or making it would fail.
-- It lies in `public`, where its own image puts it; whoever calls it says so, since nobody here has `public` on the search path.

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
        AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'
    THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public;
        GRANT USAGE ON SCHEMA public TO tod_owner, tod_projector;
    END IF;
END
$$;
