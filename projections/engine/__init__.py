"""The machinery under every read model: declarations in, tables out. It knows no capability by name."""
