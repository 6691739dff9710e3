"""Operations: requests of a person that take several calls to Coder and continue without a browser or a portal process.

An operation has one item per workspace. A task is one step of an item and never waits: to wait, the step is queued
again for a later time. `services` starts operations, `tasks` executes steps, `state_machine` decides what a step does.
"""
