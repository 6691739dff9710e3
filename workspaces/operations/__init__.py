"""Operations: requests of a person that take several calls to Coder and continue without a browser or a portal process.

An operation has one item per workspace. A task is one step of an item and never waits: to wait, the step is queued
again for a later time. `kinds` declares what an operation does, `services` starts operations, `tasks` executes steps,
`state_machine` and `write_machine` decide what a step does. An operation on many workspaces, a bulk, begins as a
selection (`selections`), and each of its items is checked before its first write (`item_checks`, `criteria`).
"""
