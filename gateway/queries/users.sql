-- name: users.list
-- The people of a tenant, or of the installation.
SELECT u.tenant_id,
       u.user_id,
       u.email,
       u.person,
       u.role,
       u.state,
       u.invited_at,
       u.enrolled_at,
       s.signed_in_at,
       u.link_expires_at,
       u.mail,
       u.mail_message,
       u.sequence
FROM read.users AS u
     LEFT JOIN (
         SELECT tenant_id, user_id, max(opened_at) AS signed_in_at FROM read.sessions GROUP BY tenant_id, user_id
     ) AS s USING (tenant_id, user_id)

-- name: users.one
-- One person.
SELECT u.tenant_id,
       u.user_id,
       u.email,
       u.person,
       u.role,
       u.state,
       u.invited_at,
       u.enrolled_at,
       (SELECT max(s.opened_at) FROM read.sessions AS s WHERE s.tenant_id = u.tenant_id AND s.user_id = u.user_id)
           AS signed_in_at,
       u.link_expires_at,
       u.mail,
       u.mail_message,
       u.sequence
FROM read.users AS u
WHERE u.user_id = :user_id

-- name: users.me
-- Who you are.
SELECT u.tenant_id,
       u.user_id,
       u.email,
       u.person,
       u.role,
       u.state,
       u.invited_at,
       u.enrolled_at,
       (SELECT max(s.opened_at) FROM read.sessions AS s WHERE s.tenant_id = u.tenant_id AND s.user_id = u.user_id)
           AS signed_in_at,
       u.link_expires_at,
       u.mail,
       u.mail_message,
       u.sequence
FROM read.users AS u
WHERE 'user:' || u.user_id::text = :actor

-- name: users.list_past
-- The people of a tenant, or of the installation, as they were; who has been erased since has no name any more.
SELECT u.tenant_id,
       u.user_id,
       u.email,
       u.person,
       u.role,
       u.state,
       u.invited_at,
       u.enrolled_at,
       s.signed_in_at,
       u.link_expires_at,
       u.mail,
       u.mail_message,
       u.sequence
FROM read.users_at(:as_of) AS u
     LEFT JOIN (
         SELECT tenant_id, user_id, max(opened_at) AS signed_in_at
         FROM read.sessions
         WHERE opened_at <= :as_of
         GROUP BY tenant_id, user_id
     ) AS s USING (tenant_id, user_id)

-- name: users.one_past
-- One person as they were.
SELECT u.tenant_id,
       u.user_id,
       u.email,
       u.person,
       u.role,
       u.state,
       u.invited_at,
       u.enrolled_at,
       (
           SELECT max(s.opened_at)
           FROM read.sessions AS s
           WHERE s.tenant_id = u.tenant_id AND s.user_id = u.user_id AND s.opened_at <= :as_of
       ) AS signed_in_at,
       u.link_expires_at,
       u.mail,
       u.mail_message,
       u.sequence
FROM read.users_at(:as_of) AS u
WHERE u.user_id = :user_id
