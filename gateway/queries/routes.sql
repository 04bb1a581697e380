-- name: routes.of_device
-- How big the routing table of a device is, and where its ways out go.
SELECT d.tenant_id,
       d.device_id,
       r.total,
       coalesce(r.default_routes, '[]') AS default_routes,
       r.changed_at AS observed_at
FROM read.devices AS d LEFT JOIN read.routes AS r USING (tenant_id, device_id)
