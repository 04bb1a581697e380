-- What stands for as long as the installation does: which generations of read models there are, and how far each has read.

CREATE TABLE tod.generation (
    schema_name text PRIMARY KEY,
    projection text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    number integer NOT NULL CHECK (number > 0),
    stream text NOT NULL,
    fingerprint text NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    made_at timestamptz NOT NULL DEFAULT now(),
    swapped_at timestamptz,
    UNIQUE (projection, version, number)
);
CREATE UNIQUE INDEX one_live_generation ON tod.generation (projection) WHERE state = 'live';
CREATE UNIQUE INDEX one_building_generation ON tod.generation (projection) WHERE state = 'building';

-- `sequence` is the last message whose rows stand; it commits with them. `watermark` is the newest event time among them.
CREATE TABLE tod.checkpoint (
    schema_name text PRIMARY KEY REFERENCES tod.generation ON DELETE CASCADE,
    sequence bigint NOT NULL DEFAULT 0,
    watermark timestamptz,
    advanced_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- How far each rollup has been made: every bucket that ends before is complete.
CREATE TABLE tod.rollup (
    schema_name text NOT NULL REFERENCES tod.generation ON DELETE CASCADE,
    table_name text NOT NULL,
    rolled_until timestamptz NOT NULL,
    PRIMARY KEY (schema_name, table_name)
);

-- Where each stream ends, as a projector saw it last, and when that moved: a head that stands still is a trouble of its own.
CREATE TABLE tod.stream_head (
    stream text PRIMARY KEY,
    sequence bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);

ALTER TABLE tod.generation OWNER TO tod_owner;
ALTER TABLE tod.checkpoint OWNER TO tod_owner;
ALTER TABLE tod.rollup OWNER TO tod_owner;
ALTER TABLE tod.stream_head OWNER TO tod_owner;
ALTER TABLE tod.generation ENABLE ROW LEVEL SECURITY;
ALTER TABLE tod.checkpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE tod.rollup ENABLE ROW LEVEL SECURITY;
ALTER TABLE tod.stream_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE tod.generation FORCE ROW LEVEL SECURITY;
ALTER TABLE tod.checkpoint FORCE ROW LEVEL SECURITY;
ALTER TABLE tod.rollup FORCE ROW LEVEL SECURITY;
ALTER TABLE tod.stream_head FORCE ROW LEVEL SECURITY;
-- Nothing here belongs to a tenant: whoever was granted the table sees it.
CREATE POLICY platform ON tod.generation USING (true);
CREATE POLICY platform ON tod.checkpoint USING (true);
CREATE POLICY platform ON tod.rollup USING (true);
CREATE POLICY platform ON tod.stream_head USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON tod.generation, tod.checkpoint, tod.rollup, tod.stream_head TO tod_projector;
GRANT SELECT ON tod.generation, tod.checkpoint, tod.stream_head TO tod_gateway;

-- How far every read model is, under its stable name.
CREATE VIEW tod.checkpoints WITH (security_invoker = true) AS
SELECT
    generation.projection AS name,
    generation.stream,
    checkpoint.sequence,
    stream_head.sequence AS head,
    stream_head.moved_at AS head_moved_at,
    checkpoint.watermark,
    checkpoint.advanced_at,
    generation.version,
    generation.number AS generation,
    generation.state
FROM tod.generation
INNER JOIN tod.checkpoint USING (schema_name)
LEFT JOIN tod.stream_head ON stream_head.stream = generation.stream
WHERE generation.state = 'live';
ALTER VIEW tod.checkpoints OWNER TO tod_owner;
GRANT SELECT ON tod.checkpoints TO tod_projector, tod_gateway;
