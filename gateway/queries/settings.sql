-- name: settings.mail
-- The mail server that letters go through.
SELECT m.host, m.port, m.security, m.sender, m.username, m.has_credential, m.set_at, m.sequence
FROM read.mail_server AS m
