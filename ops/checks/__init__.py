"""What `ops/test` looks at before it runs the tests, and the house rules that no linter knows (`tidy`)."""
