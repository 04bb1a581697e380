-- name: reachability.outages
-- The outages of a device; the one that lasts has no end.
SELECT tenant_id,
       device_id,
       device_id || ' ' || extract(epoch FROM began_at) AS outage_id,
       began_at,
       ended_at,
       duration_seconds,
       code,
       message
FROM read.outages
WHERE device_id = :device_id
