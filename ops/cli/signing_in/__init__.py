"""The person's side of signing in: what the handbook's page on it says, in Python. Nothing here is the server's."""
