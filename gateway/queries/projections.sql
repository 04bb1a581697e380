-- name: projections.list
-- How far each read model is behind the end of its stream, and when that end last moved.
SELECT name,
       stream,
       version,
       state,
       sequence,
       head,
       greatest(head - sequence, 0) AS lag,
       advanced_at,
       head_moved_at
FROM tod.checkpoints
