"""What serves the declarations over HTTP.

Who asks, what they may, how it is read, how it is answered, and how it is refused.
"""
