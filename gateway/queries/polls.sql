-- name: polls.of_device
-- How a device is asked: the last look, what it took, what failed, and how many looks were lost on the way.
SELECT d.tenant_id,
       d.device_id,
       p.answered_at,
       p.failed_at,
       p.rung,
       p.took_ms,
       p.failures,
       p.code,
       p.message,
       coalesce(p.answered_total, 0) AS answered_total,
       coalesce(p.failed_total, 0) AS failed_total,
       coalesce(p.missed_total, 0) AS missed_total,
       p.gap_at
FROM read.devices AS d LEFT JOIN read.polls AS p USING (tenant_id, device_id)
