-- name: interfaces.of_device
-- The interfaces of a device, with their counters and rates at the last look.
SELECT i.tenant_id,
       i.device_id,
       i.name,
       i.position,
       i.kind,
       i.default_name,
       i.mac,
       i.mtu,
       i.comment,
       i.is_disabled,
       i.is_dynamic,
       i.is_slave,
       c.is_running,
       c.rx_bits_per_second,
       c.tx_bits_per_second,
       c.rx_bytes,
       c.tx_bytes,
       c.rx_packets,
       c.tx_packets,
       c.rx_drops,
       c.tx_drops,
       c.rx_errors,
       c.tx_errors,
       c.link_downs,
       c.observed_at
FROM read.interfaces AS i
     LEFT JOIN (
         SELECT k.tenant_id, k.device_id, k.observed_at, u.*
         FROM read.interface_counters AS k
              CROSS JOIN LATERAL unnest(
                  k.names, k.is_running, k.rx_bits_per_second, k.tx_bits_per_second, k.rx_bytes, k.tx_bytes, k.rx_packets,
                  k.tx_packets, k.rx_drops, k.tx_drops, k.rx_errors, k.tx_errors, k.link_downs
              ) AS u (name, is_running, rx_bits_per_second, tx_bits_per_second, rx_bytes, tx_bytes, rx_packets,
                      tx_packets, rx_drops, tx_drops, rx_errors, tx_errors, link_downs)
     ) AS c USING (tenant_id, device_id, name)

-- name: interfaces.past
-- The interfaces of a device as they were configured at a time; counters are not kept that long.
SELECT i.tenant_id,
       i.device_id,
       i.name,
       i.position,
       i.kind,
       i.default_name,
       i.mac,
       i.mtu,
       i.comment,
       i.is_disabled,
       i.is_dynamic,
       i.is_slave,
       NULL::boolean AS is_running,
       NULL::real AS rx_bits_per_second,
       NULL::real AS tx_bits_per_second,
       NULL::bigint AS rx_bytes,
       NULL::bigint AS tx_bytes,
       NULL::bigint AS rx_packets,
       NULL::bigint AS tx_packets,
       NULL::bigint AS rx_drops,
       NULL::bigint AS tx_drops,
       NULL::bigint AS rx_errors,
       NULL::bigint AS tx_errors,
       NULL::bigint AS link_downs,
       NULL::timestamptz AS observed_at
FROM read.interfaces_at(:as_of) AS i

-- name: interfaces.samples
-- The rates of the interfaces of a device at every look; no rate where a counter was reset.
SELECT s.tenant_id,
       s.at,
       u.interface,
       u.rx AS rx_bits_per_second_avg,
       u.rx AS rx_bits_per_second_max,
       u.tx AS tx_bits_per_second_avg,
       u.tx AS tx_bits_per_second_max
FROM read.interface_samples AS s
     CROSS JOIN LATERAL unnest(s.names, s.rx_bits_per_second, s.tx_bits_per_second) AS u (interface, rx, tx)
WHERE s.device_id = :device_id
      AND s.at >= :from_at
      AND s.at < :to_at
      AND s.hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND s.hour < :to_at

-- name: interfaces.binned
-- The rates of the interfaces of a device by steps of some minutes, put together from every look.
SELECT s.tenant_id,
       date_bin(make_interval(secs => :step_seconds), s.at, 'epoch') AS at,
       u.interface,
       avg(u.rx) AS rx_bits_per_second_avg,
       max(u.rx) AS rx_bits_per_second_max,
       avg(u.tx) AS tx_bits_per_second_avg,
       max(u.tx) AS tx_bits_per_second_max
FROM read.interface_samples AS s
     CROSS JOIN LATERAL unnest(s.names, s.rx_bits_per_second, s.tx_bits_per_second) AS u (interface, rx, tx)
WHERE s.device_id = :device_id
      AND s.at >= :from_at
      AND s.at < :to_at
      AND s.hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND s.hour < :to_at
GROUP BY 1, 2, 3

-- name: interfaces.hours
-- The rates of the interfaces of a device by the hour, or by steps of some hours.
SELECT s.tenant_id,
       date_bin(make_interval(secs => :step_seconds), s.at, 'epoch') AS at,
       u.interface,
       avg(u.rx) AS rx_bits_per_second_avg,
       max(u.rx_max) AS rx_bits_per_second_max,
       avg(u.tx) AS tx_bits_per_second_avg,
       max(u.tx_max) AS tx_bits_per_second_max
FROM read.interface_samples_1h AS s
     CROSS JOIN LATERAL unnest(
         s.names, s.rx_bits_per_second_avg, s.rx_bits_per_second_max, s.tx_bits_per_second_avg, s.tx_bits_per_second_max
     ) AS u (interface, rx, rx_max, tx, tx_max)
WHERE s.device_id = :device_id AND s.at >= :from_at AND s.at < :to_at
GROUP BY 1, 2, 3

-- name: interfaces.days
-- The rates of the interfaces of a device by the day.
SELECT s.tenant_id,
       s.at,
       u.interface,
       u.rx AS rx_bits_per_second_avg,
       u.rx_max AS rx_bits_per_second_max,
       u.tx AS tx_bits_per_second_avg,
       u.tx_max AS tx_bits_per_second_max
FROM read.interface_samples_1d AS s
     CROSS JOIN LATERAL unnest(
         s.names, s.rx_bits_per_second_avg, s.rx_bits_per_second_max, s.tx_bits_per_second_avg, s.tx_bits_per_second_max
     ) AS u (interface, rx, rx_max, tx, tx_max)
WHERE s.device_id = :device_id AND s.at >= :from_at AND s.at < :to_at
