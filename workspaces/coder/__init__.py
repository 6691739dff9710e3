"""Coder's API in Python: types, calls, a client for both kinds of code, and one exception for every refusal.

It knows no Django and nothing of the portal.
"""
