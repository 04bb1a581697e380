"""Everything that speaks to a router, and every piece of RouterOS knowledge; it imports nothing of ours but contracts.

- `wire`       bytes to sentences of words and back
- `ask`        one question to a menu, encoded once; its reply; the declared fields picked out of it
- `protocol`   many commands in flight on one connection, told apart by tag
- `tls`        TLS inside the protocol, at a third of the memory of the event loop's own
- `security`   the ladder of trust: what each rung proves, which one may be used
- `session`    a logged-in connection: connect, ask many, run one, close; a deadline on all of it
- `api`        librouteros' own objects (paths, selects, queries) on such a session
- `values`     RouterOS text to values and back; pure
- `dialect`    where RouterOS 6 and 7 say the same thing differently; a table
"""
