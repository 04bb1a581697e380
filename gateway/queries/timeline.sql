-- name: timeline.list
-- Everything that happened to devices: what was done to them, and what they did by themselves.
SELECT t.tenant_id, t.device_id, d.title, t.line_id, t.at, t.what, t.severity, t.words, t.actor
FROM (
         SELECT tenant_id, device_id, 'fact-' || sequence AS line_id, at, what, severity, words, actor
         FROM read.timeline
         UNION ALL
         SELECT tenant_id,
                device_id,
                'reboot-' || sequence,
                at,
                'health.rebooted',
                'warning',
                'Started anew after ' || justify_interval(make_interval(secs => least(round(ran_seconds), 1e9))),
                ''
         FROM read.reboots
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
     ) AS t
     LEFT JOIN read.devices AS d USING (tenant_id, device_id)
