-- name: audit.list
-- Who asked or did what, when, about what, and what came of it.
SELECT a.tenant_id,
       a.entry_id,
       a.kind,
       a.name,
       a.about_id,
       d.title AS about_title,
       a.actor,
       p.tenant_id AS actor_tenant_id,
       p.user_id AS actor_id,
       p.person AS actor_name,
       a.actor_role AS role,
       a.actor_session AS session,
       s.session_id,
       s.address,
       a.actor_reason AS reason,
       a.asked_at,
       a.settled_at,
       a.outcome,
       a.code,
       a.message,
       a.correlation,
       a.causation,
       a.details,
       a.sequence,
       concat_ws(' ', a.name, a.actor, d.title, a.code, a.message, a.actor_reason) AS words,
       concat_ws(
           ' ', replace(a.name, '.', ' '), a.actor, d.title, a.code, a.message, a.actor_reason, a.details::text
       ) AS text
FROM read.audit AS a
     LEFT JOIN read.devices AS d ON d.tenant_id = a.tenant_id AND d.device_id = a.about_id
     LEFT JOIN read.users AS p
         ON p.tenant_id IN (a.tenant_id, '00000000-0000-0000-0000-000000000000') AND p.user_id = a.actor_id
     LEFT JOIN read.sessions AS s
         ON s.tenant_id IN (a.tenant_id, '00000000-0000-0000-0000-000000000000') AND s.session_id = a.actor_session_id

-- name: audit.operation
-- What became of an action.
SELECT tenant_id,
       :action_id::uuid AS action_id,
       name AS command,
       coalesce(about_id::text, '') AS entity,
       actor,
       outcome AS state,
       sequence,
       code,
       message,
       asked_at,
       settled_at
FROM read.audit
WHERE entry_id = :action_id::uuid::text AND kind = 'action'
