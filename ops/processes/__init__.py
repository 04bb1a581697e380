"""The composition roots: one file per process, where connections are opened and handed down. No logic."""
