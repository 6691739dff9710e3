"""Simulate a Coder server in memory; it answers as Coder 2.19 and 2.36 do.

The package is a test double for any program that uses Coder's API. It imports neither Django nor the portal.
`state` defines the data, `engine` runs scheduled work, `app` serves HTTP; see docs/simulator.md.
"""
