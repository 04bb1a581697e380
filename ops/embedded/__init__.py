"""The whole of TOD on one bare Linux machine: real servers and every process as children of one supervisor.

`launch` starts a program so that it cannot outlive us, `child` watches over one, `servers` declares the four servers,
`stack` declares everything else and the order, `door` is what `ops/up` opens. No Docker, no root, no port from outside.
"""
