"""Decide, append, follow: the life of a command.

An action is taken from the log, decided against what the log says of its entity, and answered; the facts decided are
appended together or not at all. What takes time is followed: a fact leads to a job or a timer, and what comes of them
becomes the next fact. A slice declares (`HANDLERS`, `REACTIONS`, `PROCESSES`, `SCHEDULES`) and holds pure functions;
`engine/` does the work. Nothing here reads a table or touches a device.
"""
