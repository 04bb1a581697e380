"""What every capability of a poller stands on: when to look, who looks, how to ask, and how to say what was seen.

- `reading`     text of a field to a value that its contract allows, or None
- `collector`   what a capability asks and what it makes of the answer; all of them compiled into one survey
- `observe`     replies to the parts of one poll; pure
- `roster`      the devices there are, folded from facts
- `rounds`      who is due; pure
- `breaker`     when to leave a device alone that does not answer; pure
- `lease`       one poller per device, and a number that tells an old one from a new one
- `territory`   which devices are this process' own
- `credential`  opened passwords, few and short-lived
- `door`        into a device: password, ladder of trust, login
- `outbox`      what is published, gathered for a moment
- `visit`       one look at one device: connect, ask, observe, publish
- `poller`      the loops of one polling process
- `job`         what a capability does on a device when asked to
- `worker`      run_jobs
"""
