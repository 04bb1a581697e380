-- name: devices.list
-- The devices of the fleet: what they are called, what they are, and how they are now.
SELECT d.tenant_id,
       d.device_id,
       d.title,
       d.host,
       d.transport,
       d.trust,
       d.login,
       d.added_at,
       CASE WHEN r.is_online THEN 'online' WHEN r.is_online IS NULL THEN 'unknown' ELSE 'offline' END AS status,
       r.since AS status_since,
       p.answered_at AS seen_at,
       p.rung,
       i.identity,
       i.routeros_version,
       i.channel,
       i.board,
       i.model,
       i.serial,
       i.architecture,
       i.firmware_current,
       i.update_latest,
       h.uptime_seconds,
       h.cpu_load_percent,
       h.memory_used_percent,
       h.storage_used_percent,
       h.temperature_celsius,
       h.voltage_volts,
       concat_ws(' ', d.title, d.host, i.identity, i.serial) AS words
FROM read.devices AS d
     LEFT JOIN read.reachability AS r USING (tenant_id, device_id)
     LEFT JOIN read.identifications AS i USING (tenant_id, device_id)
     LEFT JOIN read.polls AS p USING (tenant_id, device_id)
     LEFT JOIN read.health AS h USING (tenant_id, device_id)
WHERE d.retired_at IS NULL

-- name: devices.list_past
-- The devices of the fleet as they were at a time; their load as it was seen in the quarter of an hour before.
SELECT d.tenant_id,
       d.device_id,
       d.title,
       d.host,
       d.transport,
       d.trust,
       d.login,
       d.added_at,
       CASE WHEN r.is_online THEN 'online' WHEN r.is_online IS NULL THEN 'unknown' ELSE 'offline' END AS status,
       r.since AS status_since,
       h.at AS seen_at,
       NULL::text AS rung,
       i.identity,
       i.routeros_version,
       i.channel,
       i.board,
       i.model,
       i.serial,
       i.architecture,
       i.firmware_current,
       i.update_latest,
       NULL::float8 AS uptime_seconds,
       h.cpu_load_percent,
       h.memory_used_percent,
       h.storage_used_percent,
       h.temperature_celsius,
       h.voltage_volts,
       concat_ws(' ', d.title, d.host, i.identity, i.serial) AS words
FROM read.devices_at(:as_of) AS d
     LEFT JOIN read.reachability_at(:as_of) AS r USING (tenant_id, device_id)
     LEFT JOIN read.identifications_at(:as_of) AS i USING (tenant_id, device_id)
     LEFT JOIN LATERAL (
         SELECT s.at, s.cpu_load_percent, s.memory_used_percent, s.storage_used_percent, s.temperature_celsius, s.voltage_volts
         FROM read.health_samples AS s
         WHERE s.tenant_id = d.tenant_id
               AND s.device_id = d.device_id
               AND s.at > :as_of::timestamptz - interval '15 minutes'
               AND s.at <= :as_of
               AND s.hour >= date_trunc('hour', :as_of::timestamptz - interval '15 minutes', 'UTC')
               AND s.hour <= :as_of
         ORDER BY s.at DESC
         LIMIT 1
     ) AS h ON true
WHERE d.retired_at IS NULL

-- name: devices.one
-- One device with everything known about it now; a device that was taken out of the fleet is still shown.
SELECT d.tenant_id,
       d.device_id,
       d.title,
       d.host,
       d.api_port,
       d.tls_port,
       d.transport,
       d.username,
       d.added_at,
       d.retired_at,
       d.trust,
       d.fingerprint,
       d.shown_fingerprint,
       d.login,
       d.login_at,
       d.login_rung,
       d.login_code,
       d.login_message,
       CASE WHEN d.retired_at IS NOT NULL THEN 'retired'
            WHEN r.is_online THEN 'online'
            WHEN r.is_online IS NULL THEN 'unknown'
            ELSE 'offline' END AS status,
       r.since AS status_since,
       r.code AS status_code,
       r.message AS status_message,
       o.began_at AS outage_began_at,
       o.ended_at AS outage_ended_at,
       o.duration_seconds AS outage_seconds,
       p.answered_at AS seen_at,
       p.rung,
       p.took_ms,
       p.failures,
       p.missed_total,
       i.identity,
       i.routeros_version,
       i.channel,
       i.board,
       i.model,
       i.serial,
       i.architecture,
       i.platform,
       i.cpu,
       i.cpu_count,
       i.cpu_frequency_hertz,
       i.memory_total_bytes,
       i.storage_total_bytes,
       i.firmware_type,
       i.firmware_factory,
       i.firmware_current,
       i.firmware_upgrade,
       i.packages,
       i.update_channel,
       i.update_latest,
       i.update_status,
       i.changed_at AS identified_at,
       h.observed_at AS health_at,
       h.uptime_seconds,
       h.cpu_load_percent,
       h.memory_used_percent,
       h.storage_used_percent,
       h.temperature_celsius,
       h.voltage_volts,
       d.sequence
FROM read.devices AS d
     LEFT JOIN read.reachability AS r USING (tenant_id, device_id)
     LEFT JOIN read.identifications AS i USING (tenant_id, device_id)
     LEFT JOIN read.polls AS p USING (tenant_id, device_id)
     LEFT JOIN read.health AS h USING (tenant_id, device_id)
     LEFT JOIN LATERAL (
         SELECT began_at, ended_at, duration_seconds
         FROM read.outages
         WHERE tenant_id = d.tenant_id AND device_id = d.device_id
         ORDER BY began_at DESC
         LIMIT 1
     ) AS o ON true

-- name: devices.one_past
-- One device as it was at a time; its load as it was seen in the quarter of an hour before.
SELECT d.tenant_id,
       d.device_id,
       d.title,
       d.host,
       d.api_port,
       d.tls_port,
       d.transport,
       d.username,
       d.added_at,
       d.retired_at,
       d.trust,
       d.fingerprint,
       d.shown_fingerprint,
       d.login,
       d.login_at,
       d.login_rung,
       d.login_code,
       d.login_message,
       CASE WHEN d.retired_at IS NOT NULL THEN 'retired'
            WHEN r.is_online THEN 'online'
            WHEN r.is_online IS NULL THEN 'unknown'
            ELSE 'offline' END AS status,
       r.since AS status_since,
       r.code AS status_code,
       r.message AS status_message,
       o.began_at AS outage_began_at,
       CASE WHEN o.ended_at <= :as_of THEN o.ended_at END AS outage_ended_at,
       CASE WHEN o.ended_at <= :as_of THEN o.duration_seconds END AS outage_seconds,
       h.at AS seen_at,
       NULL::text AS rung,
       NULL::float8 AS took_ms,
       NULL::bigint AS failures,
       NULL::bigint AS missed_total,
       i.identity,
       i.routeros_version,
       i.channel,
       i.board,
       i.model,
       i.serial,
       i.architecture,
       i.platform,
       i.cpu,
       i.cpu_count,
       i.cpu_frequency_hertz,
       i.memory_total_bytes,
       i.storage_total_bytes,
       i.firmware_type,
       i.firmware_factory,
       i.firmware_current,
       i.firmware_upgrade,
       i.packages,
       i.update_channel,
       i.update_latest,
       i.update_status,
       i.changed_at AS identified_at,
       h.at AS health_at,
       NULL::float8 AS uptime_seconds,
       h.cpu_load_percent,
       h.memory_used_percent,
       h.storage_used_percent,
       h.temperature_celsius,
       h.voltage_volts,
       d.sequence
FROM read.devices_at(:as_of) AS d
     LEFT JOIN read.reachability_at(:as_of) AS r USING (tenant_id, device_id)
     LEFT JOIN read.identifications_at(:as_of) AS i USING (tenant_id, device_id)
     LEFT JOIN LATERAL (
         SELECT s.at, s.cpu_load_percent, s.memory_used_percent, s.storage_used_percent, s.temperature_celsius, s.voltage_volts
         FROM read.health_samples AS s
         WHERE s.tenant_id = d.tenant_id
               AND s.device_id = d.device_id
               AND s.at > :as_of::timestamptz - interval '15 minutes'
               AND s.at <= :as_of
               AND s.hour >= date_trunc('hour', :as_of::timestamptz - interval '15 minutes', 'UTC')
               AND s.hour <= :as_of
         ORDER BY s.at DESC
         LIMIT 1
     ) AS h ON true
     LEFT JOIN LATERAL (
         SELECT began_at, ended_at, duration_seconds
         FROM read.outages
         WHERE tenant_id = d.tenant_id AND device_id = d.device_id AND began_at <= :as_of
         ORDER BY began_at DESC
         LIMIT 1
     ) AS o ON true

-- name: devices.known
-- Whether there is such a device.
SELECT 1 AS known FROM read.devices WHERE device_id = :device_id

-- name: devices.summary
-- The fleet in one look: how many are there, how they are, what runs on them, and who is worst off.
WITH fleet AS (
    SELECT d.device_id, d.title, r.is_online, i.routeros_version, i.board,
           h.cpu_load_percent, h.memory_used_percent, h.temperature_celsius
    FROM read.devices AS d
         LEFT JOIN read.reachability AS r USING (tenant_id, device_id)
         LEFT JOIN read.identifications AS i USING (tenant_id, device_id)
         LEFT JOIN read.health AS h USING (tenant_id, device_id)
    WHERE d.retired_at IS NULL AND (:tenant_id::uuid IS NULL OR d.tenant_id = :tenant_id)
),
worst AS (
    SELECT m.measure, m.value, f.device_id, f.title,
           row_number() OVER (PARTITION BY m.measure ORDER BY m.value DESC, f.device_id) AS place
    FROM fleet AS f
         CROSS JOIN LATERAL (VALUES ('cpu', f.cpu_load_percent), ('memory', f.memory_used_percent),
                                    ('temperature', f.temperature_celsius)) AS m (measure, value)
    WHERE f.is_online AND m.value IS NOT NULL
),
ranked AS (
    SELECT measure, jsonb_agg(jsonb_build_object('device_id', device_id, 'title', title, 'value', value) ORDER BY place) AS devices
    FROM worst
    WHERE place <= 5
    GROUP BY measure
)
SELECT count(*) AS total,
       count(*) FILTER (WHERE is_online) AS online,
       count(*) FILTER (WHERE NOT is_online) AS offline,
       count(*) FILTER (WHERE is_online IS NULL) AS unknown,
       avg(cpu_load_percent) FILTER (WHERE is_online) AS cpu_load_percent,
       avg(memory_used_percent) FILTER (WHERE is_online) AS memory_used_percent,
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', name, 'devices', devices) ORDER BY devices DESC, name)
                 FROM (SELECT routeros_version AS name, count(*) AS devices FROM fleet
                       WHERE routeros_version <> '' GROUP BY 1) AS v), '[]') AS versions,
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', name, 'devices', devices) ORDER BY devices DESC, name)
                 FROM (SELECT board AS name, count(*) AS devices FROM fleet WHERE board <> '' GROUP BY 1) AS b), '[]') AS boards,
       coalesce((SELECT devices FROM ranked WHERE measure = 'cpu'), '[]') AS worst_cpu,
       coalesce((SELECT devices FROM ranked WHERE measure = 'memory'), '[]') AS worst_memory,
       coalesce((SELECT devices FROM ranked WHERE measure = 'temperature'), '[]') AS worst_temperature
FROM fleet
