-- name: reachability.outages
-- The times without an answer; the one that lasts has no end.
SELECT o.tenant_id,
       o.device_id,
       d.title,
       o.device_id || ' ' || extract(epoch FROM o.began_at) AS outage_id,
       o.began_at,
       o.ended_at,
       o.duration_seconds,
       o.ended_at IS NULL AS is_open,
       o.code,
       o.message
FROM read.outages AS o LEFT JOIN read.devices AS d USING (tenant_id, device_id)
