"""Who may touch what, in PostgreSQL and on the bus.

Roles, functions, the registry of generations, streams and their grants.

The rules: forward only; one change per file, numbered without a hole and named; a file that ran is never edited (its
SHA-256 is checked). Tables of read models are not made here: they are disposable and belong to their projection.
"""
