-- name: health.latest
-- The load of a device as it said last; nothing but the device itself before it was asked.
SELECT d.tenant_id,
       d.device_id,
       h.observed_at,
       h.uptime_seconds,
       h.cpu_load_percent,
       h.memory_total_bytes,
       h.memory_free_bytes,
       h.memory_used_percent,
       h.storage_total_bytes,
       h.storage_free_bytes,
       h.storage_used_percent,
       h.bad_blocks_percent,
       h.sectors_written_total,
       h.temperature_celsius,
       h.voltage_volts,
       h.power_watts,
       h.sensors,
       h.states
FROM read.devices AS d LEFT JOIN read.health AS h USING (tenant_id, device_id)

-- name: health.samples
-- Every look at the load of a device.
SELECT tenant_id,
       at,
       cpu_load_percent AS cpu_load_percent_avg,
       cpu_load_percent AS cpu_load_percent_max,
       memory_used_percent AS memory_used_percent_avg,
       memory_used_percent AS memory_used_percent_max,
       storage_used_percent AS storage_used_percent_avg,
       storage_used_percent AS storage_used_percent_max,
       temperature_celsius AS temperature_celsius_avg,
       temperature_celsius AS temperature_celsius_max,
       voltage_volts AS voltage_volts_avg,
       voltage_volts AS voltage_volts_min,
       power_watts AS power_watts_avg,
       power_watts AS power_watts_max
FROM read.health_samples
WHERE device_id = :device_id
      AND at >= :from_at
      AND at < :to_at
      AND hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND hour < :to_at

-- name: health.binned
-- The load of a device by steps of some minutes, put together from every look.
SELECT tenant_id,
       date_bin(make_interval(secs => :step_seconds), at, 'epoch') AS at,
       avg(cpu_load_percent) AS cpu_load_percent_avg,
       max(cpu_load_percent) AS cpu_load_percent_max,
       avg(memory_used_percent) AS memory_used_percent_avg,
       max(memory_used_percent) AS memory_used_percent_max,
       avg(storage_used_percent) AS storage_used_percent_avg,
       max(storage_used_percent) AS storage_used_percent_max,
       avg(temperature_celsius) AS temperature_celsius_avg,
       max(temperature_celsius) AS temperature_celsius_max,
       avg(voltage_volts) AS voltage_volts_avg,
       min(voltage_volts) AS voltage_volts_min,
       avg(power_watts) AS power_watts_avg,
       max(power_watts) AS power_watts_max
FROM read.health_samples
WHERE device_id = :device_id
      AND at >= :from_at
      AND at < :to_at
      AND hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND hour < :to_at
GROUP BY 1, 2

-- name: health.hours
-- The load of a device by the hour, or by steps of some hours.
SELECT tenant_id,
       date_bin(make_interval(secs => :step_seconds), at, 'epoch') AS at,
       avg(cpu_load_percent_avg) AS cpu_load_percent_avg,
       max(cpu_load_percent_max) AS cpu_load_percent_max,
       avg(memory_used_percent_avg) AS memory_used_percent_avg,
       max(memory_used_percent_max) AS memory_used_percent_max,
       avg(storage_used_percent_avg) AS storage_used_percent_avg,
       max(storage_used_percent_max) AS storage_used_percent_max,
       avg(temperature_celsius_avg) AS temperature_celsius_avg,
       max(temperature_celsius_max) AS temperature_celsius_max,
       avg(voltage_volts_avg) AS voltage_volts_avg,
       min(voltage_volts_min) AS voltage_volts_min,
       avg(power_watts_avg) AS power_watts_avg,
       max(power_watts_max) AS power_watts_max
FROM read.health_samples_1h
WHERE device_id = :device_id AND at >= :from_at AND at < :to_at
GROUP BY 1, 2

-- name: health.days
-- The load of a device by the day.
SELECT tenant_id,
       at,
       cpu_load_percent_avg,
       cpu_load_percent_max,
       memory_used_percent_avg,
       memory_used_percent_max,
       storage_used_percent_avg,
       storage_used_percent_max,
       temperature_celsius_avg,
       temperature_celsius_max,
       voltage_volts_avg,
       voltage_volts_min,
       power_watts_avg,
       power_watts_max
FROM read.health_samples_1d
WHERE device_id = :device_id AND at >= :from_at AND at < :to_at

-- name: health.sparkline
-- The processor load at the last looks of a device, oldest first; it says nothing of a device that was silent for an hour.
SELECT d.tenant_id,
       d.device_id,
       coalesce(s.at, '{}') AS at,
       coalesce(s.cpu_load_percent, '{}') AS cpu_load_percent
FROM read.devices AS d
     LEFT JOIN LATERAL (
         SELECT array_agg(n.at ORDER BY n.at) AS at, array_agg(n.cpu_load_percent ORDER BY n.at) AS cpu_load_percent
         FROM (
             SELECT at, cpu_load_percent
             FROM read.health_samples
             WHERE tenant_id = d.tenant_id
                   AND device_id = d.device_id
                   AND at > now() - interval '1 hour'
                   AND hour >= date_trunc('hour', now() - interval '1 hour', 'UTC')
             ORDER BY at DESC
             LIMIT 12
         ) AS n
     ) AS s ON true
