-- name: api_keys.list
-- The API keys of a tenant, or of the installation.
SELECT k.tenant_id,
       k.api_key_id,
       k.owner_id,
       k.title,
       k.scopes,
       k.networks,
       k.issued_at,
       k.expires_at,
       k.used_at,
       k.revoked_at,
       CASE
           WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at < now() THEN 'expired' ELSE 'good'
       END AS state,
       NULL::text AS key,
       k.sequence
FROM read.api_keys AS k

-- name: api_keys.one
-- One API key.
SELECT k.tenant_id,
       k.api_key_id,
       k.owner_id,
       k.title,
       k.scopes,
       k.networks,
       k.issued_at,
       k.expires_at,
       k.used_at,
       k.revoked_at,
       CASE
           WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at < now() THEN 'expired' ELSE 'good'
       END AS state,
       NULL::text AS key,
       k.sequence
FROM read.api_keys AS k
WHERE k.api_key_id = :api_key_id
