-- name: topology.list
-- The neighbours that devices hear; `neighbour_id` is the one of our own devices that has this MAC address.
SELECT n.tenant_id,
       n.device_id,
       n.device_id || ' ' || n.position AS line_id,
       n.position,
       n.interface,
       n.mac,
       n.address,
       n.identity,
       n.platform,
       n.board,
       n.version,
       n.remote_interface,
       n.discovered_by,
       (SELECT i.device_id
        FROM read.interfaces AS i
        WHERE i.tenant_id = n.tenant_id AND i.mac = n.mac AND i.mac <> '' AND i.device_id <> n.device_id
        LIMIT 1) AS neighbour_id
FROM read.neighbours AS n
