"""Observing and doing: the two lives of a poller.

A poller asks devices on a rhythm and publishes what they said as observations; it takes jobs and publishes what came of
them. `device/` speaks to a router, `engine/` runs rounds and jobs, and every other module declares what one capability
observes and does. A poller reads facts about devices from the log and writes no table.
"""
