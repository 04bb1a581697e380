"""A database with everything in it: migrations and a generation of every read model."""

from ops.testing.read_side import laid_out_template, read_side  # noqa: F401 - fixtures
