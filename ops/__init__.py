"""How TOD is run: settings, connections, the processes put together, and the two doors `ops/up` and `ops/test`.

Everything that reaches outside (bus, database, key service, cache) is opened here and handed to the packages below.
Nothing below imports this package.
"""
