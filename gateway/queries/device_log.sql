-- name: device_log.of_device
-- The lines a device wrote into its own log. `line_id` follows the order in which they were read.
SELECT tenant_id,
       device_id,
       sequence,
       sequence * 65536 + position AS line_id,
       at AS noted_at,
       logged_at,
       stamp,
       array_to_string(topics, ',') AS topics,
       message
FROM read.device_log
