"""The request's way in and the answer's way out.

A command becomes an action in the log and a view becomes a query; both are declared, and the route, its guard and its
page in the reference are made from the declaration. This package holds no write grant, opens no secret and signs
nothing.
"""
