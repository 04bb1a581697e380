"""What the tests of read models share with those of the views."""

from ops.testing.read_side import laid_out_template, read_side  # noqa: F401 - fixtures
