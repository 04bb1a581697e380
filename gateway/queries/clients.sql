-- name: clients.list
-- Who is connected where, with the signal of those on the air.
SELECT c.tenant_id,
       c.device_id,
       c.mac,
       c.device_id || ' ' || c.mac AS client_id,
       c.addresses,
       c.hostname,
       c.comment,
       c.interface,
       c.lease_server,
       c.lease_status,
       c.is_lease,
       c.is_arp,
       c.is_wireless,
       c.is_static,
       s.ssid,
       s.signal_dbm,
       s.tx_rate_bits_per_second,
       s.rx_rate_bits_per_second,
       s.uptime_seconds,
       concat_ws(' ', c.mac, c.hostname, c.comment, array_to_string(c.addresses, ' ')) AS words
FROM read.clients AS c
     LEFT JOIN (
         SELECT w.tenant_id, w.device_id, u.*
         FROM read.wireless AS w
              CROSS JOIN LATERAL jsonb_to_recordset(w.stations) AS u (
                  mac text, ssid text, signal_dbm float8, tx_rate_bits_per_second bigint, rx_rate_bits_per_second bigint,
                  uptime_seconds float8
              )
     ) AS s USING (tenant_id, device_id, mac)
