"""What can be said in this house: every event, command, report, job and timer, and the promises about them.

A contract is a frozen msgspec Struct with a `name` (`devices.renamed`) and a `version`. The name gives the subject,
the CloudEvents type, the JSON Schema and the place in the AsyncAPI document; nothing of that is written twice.

Rules for changing one:

1. A new field has a default. The meaning, unit and type of a field that was published never change.
2. Whoever reads an event skips fields it does not know; whoever reads a request body refuses them.
3. Anything else is a new version: raise `version`, keep the old shape in `RETIRED` beside it with a function that
   lifts it, and add a golden example.
   Golden examples of every version ever published are decoded in the tests, for ever.
4. No secret is readable here: a field that holds one has the type `Sealed`.

This package imports nothing but msgspec and the standard library, and knows no clock, no chance and no server.
"""
