-- name: tenants.list
-- The tenants, and how many devices each looks after.
SELECT t.tenant_id,
       t.title,
       t.created_at,
       t.state,
       coalesce(u.device_total, 0) AS device_total,
       coalesce(u.device_online, 0) AS device_online,
       t.sequence
FROM read.tenants AS t
     LEFT JOIN (
         SELECT d.tenant_id, count(*) AS device_total, count(*) FILTER (WHERE r.is_online) AS device_online
         FROM read.devices AS d LEFT JOIN read.reachability AS r USING (tenant_id, device_id)
         WHERE d.retired_at IS NULL
         GROUP BY d.tenant_id
     ) AS u USING (tenant_id)

-- name: tenants.one
-- One tenant, and how many devices it looks after.
SELECT t.tenant_id,
       t.title,
       t.created_at,
       t.state,
       u.device_total,
       u.device_online,
       t.sequence
FROM read.tenants AS t
     CROSS JOIN LATERAL (
         SELECT count(*) AS device_total, count(*) FILTER (WHERE r.is_online) AS device_online
         FROM read.devices AS d LEFT JOIN read.reachability AS r USING (tenant_id, device_id)
         WHERE d.tenant_id = t.tenant_id AND d.retired_at IS NULL
     ) AS u
WHERE t.tenant_id = :tenant_id
