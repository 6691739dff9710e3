"""Tests of the portal's stored data on PostgreSQL and Redis."""
