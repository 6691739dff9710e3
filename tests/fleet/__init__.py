"""Tests of `workspaces.fleet`: readings against a fake Coder, filters, order, groups and exports."""
