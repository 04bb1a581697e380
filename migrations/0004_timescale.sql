-- Time series are hypertables where the server offers TimescaleDB. The extension must be preloaded, or making it would fail.

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
        AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'
    THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
    END IF;
END
$$;
