-- name: wireless.latest
-- The radios of a device and the stations on them at the last look.
SELECT d.tenant_id,
       d.device_id,
       w.observed_at,
       coalesce(w.station_count, 0) AS station_count,
       w.signal_worst_dbm,
       w.ccq_worst_percent,
       coalesce(w.radios, '[]') AS radios,
       coalesce(w.stations, '[]') AS stations
FROM read.devices AS d LEFT JOIN read.wireless AS w USING (tenant_id, device_id)

-- name: wireless.samples
-- The radios of a device at every look.
SELECT s.tenant_id, s.at, u.*
FROM read.wireless_samples AS s
     CROSS JOIN LATERAL unnest(
         s.radios, s.station_count, s.station_count, s.signal_average_dbm, s.signal_worst_dbm, s.ccq_average_percent, s.noise_dbm
     ) AS u (radio, station_count_avg, station_count_max, signal_average_dbm, signal_worst_dbm, ccq_average_percent, noise_dbm)
WHERE s.device_id = :device_id
      AND s.at >= :from_at
      AND s.at < :to_at
      AND s.hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND s.hour < :to_at

-- name: wireless.binned
-- The radios of a device by steps of some minutes, put together from every look.
SELECT s.tenant_id,
       date_bin(make_interval(secs => :step_seconds), s.at, 'epoch') AS at,
       u.radio,
       avg(u.stations) AS station_count_avg,
       max(u.stations) AS station_count_max,
       avg(u.signal) AS signal_average_dbm,
       min(u.worst) AS signal_worst_dbm,
       avg(u.ccq) AS ccq_average_percent,
       avg(u.noise) AS noise_dbm
FROM read.wireless_samples AS s
     CROSS JOIN LATERAL unnest(
         s.radios, s.station_count, s.signal_average_dbm, s.signal_worst_dbm, s.ccq_average_percent, s.noise_dbm
     ) AS u (radio, stations, signal, worst, ccq, noise)
WHERE s.device_id = :device_id
      AND s.at >= :from_at
      AND s.at < :to_at
      AND s.hour >= date_trunc('hour', :from_at::timestamptz, 'UTC')
      AND s.hour < :to_at
GROUP BY 1, 2, 3

-- name: wireless.hours
-- The radios of a device by the hour, or by steps of some hours.
SELECT s.tenant_id,
       date_bin(make_interval(secs => :step_seconds), s.at, 'epoch') AS at,
       u.radio,
       avg(u.stations) AS station_count_avg,
       max(u.stations_max) AS station_count_max,
       avg(u.signal) AS signal_average_dbm,
       min(u.worst) AS signal_worst_dbm,
       avg(u.ccq) AS ccq_average_percent,
       avg(u.noise) AS noise_dbm
FROM read.wireless_samples_1h AS s
     CROSS JOIN LATERAL unnest(
         s.radios, s.station_count_avg, s.station_count_max, s.signal_average_dbm_avg, s.signal_worst_dbm_min,
         s.ccq_average_percent_avg, s.noise_dbm_avg
     ) AS u (radio, stations, stations_max, signal, worst, ccq, noise)
WHERE s.device_id = :device_id AND s.at >= :from_at AND s.at < :to_at
GROUP BY 1, 2, 3

-- name: wireless.days
-- The radios of a device by the day.
SELECT s.tenant_id, s.at, u.*
FROM read.wireless_samples_1d AS s
     CROSS JOIN LATERAL unnest(
         s.radios, s.station_count_avg, s.station_count_max, s.signal_average_dbm_avg, s.signal_worst_dbm_min,
         s.ccq_average_percent_avg, s.noise_dbm_avg
     ) AS u (radio, station_count_avg, station_count_max, signal_average_dbm, signal_worst_dbm, ccq_average_percent, noise_dbm)
WHERE s.device_id = :device_id AND s.at >= :from_at AND s.at < :to_at
