-- name: sessions.mine
-- Your sessions.
SELECT s.*,
       CASE
           WHEN s.ended_at IS NOT NULL THEN 'ended' WHEN s.expires_at < now() THEN 'expired' ELSE 'open'
       END AS state
FROM read.sessions AS s
WHERE 'user:' || s.user_id::text = :actor

-- name: sessions.one
-- One session.
SELECT s.*,
       CASE
           WHEN s.ended_at IS NOT NULL THEN 'ended' WHEN s.expires_at < now() THEN 'expired' ELSE 'open'
       END AS state
FROM read.sessions AS s
WHERE s.session_id = :session_id AND 'user:' || s.user_id::text = :actor

-- name: sessions.list
-- Somebody's sessions.
SELECT s.*,
       CASE
           WHEN s.ended_at IS NOT NULL THEN 'ended' WHEN s.expires_at < now() THEN 'expired' ELSE 'open'
       END AS state
FROM read.sessions AS s
