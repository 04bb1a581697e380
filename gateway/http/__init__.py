"""What serves the declarations over HTTP: who asks, what they may, how it is read, how it is answered, and how it is refused."""
