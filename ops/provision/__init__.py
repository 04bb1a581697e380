"""What an installation needs before its first process starts: secrets, server configurations, and who may do what.

Each server has one module that declares its users and writes its configuration; the embedded stack and `compose.yaml`
use the same ones. Streams and tables are not made here: `migrations` owns them.
"""
