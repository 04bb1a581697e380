"""House rules that no linter knows, and the files that are generated."""
