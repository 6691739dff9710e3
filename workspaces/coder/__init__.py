"""A client library for Coder's API: types, calls, exceptions, a sync and an async client, and shared event streams.

It uses neither Django nor other packages of the portal.
"""
