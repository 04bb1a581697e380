"""What we know, shaped for reading: one module per read model, one engine that runs them all.

A read model is a `Projection`: a name, a version, the stream it reads, its tables, and what each event does to them.
Everything else (DDL, row-level security, batches, checkpoints, generations, rebuilds, notices, lag, the properties
under test) follows from the declaration. To add one: write `projections/<word>.py`, list it in `catalog.py`. To change
its shape or meaning: raise `version`; the next start builds the new generation beside the live one, and swaps the
views in one transaction.

The limits of it:

- One projection reads one stream. Sequences of two streams cannot be compared: join in the query.
- A model fed by OBSERVATIONS is rebuilt only as far back as that stream and its archive reach.
- Effects are pure: no clock, no chance, no I/O. Time and ids come with the event.
"""
