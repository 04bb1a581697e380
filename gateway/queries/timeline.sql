-- name: timeline.of_device
-- Everything that happened to a device: what was done to it, and what it did by itself.
SELECT tenant_id, device_id, 'fact-' || sequence AS line_id, at, what, severity, words, actor
FROM read.timeline
WHERE device_id = :device_id
UNION ALL
SELECT tenant_id,
       device_id,
       'reboot-' || sequence,
       at,
       'health.rebooted',
       'warning',
       'Started anew after ' || justify_interval(make_interval(secs => round(ran_seconds::numeric)::float8)),
       ''
FROM read.reboots
WHERE device_id = :device_id
UNION ALL
SELECT tenant_id,
       device_id,
       'identity-' || sequence || '-' || position,
       at,
       'devices.identified',
       'info',
       'Changed ' || replace(what, '_', ' ') || ' from ' || coalesce(nullif(before, ''), 'nothing') || ' to '
           || coalesce(nullif(after, ''), 'nothing'),
       ''
FROM read.identification_changes
WHERE device_id = :device_id
