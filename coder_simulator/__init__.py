"""A simulated Coder server, in memory, that answers as Coder 2.19 and 2.36 do.

It knows neither Django nor the portal: it is a test double for any program that talks to Coder.
`state` holds what the server knows, `engine` lets time pass, `app` answers over HTTP; see docs/simulator.md.
"""
