"""What one person asked for that takes more than one call to Coder: it outlives the tab, and the portal's processes.

An operation has an item for each workspace. A task is one step of one item and never waits: waiting is the same task
again, later. beginning.py makes operations, running.py carries out steps, moves.py decides what a step does.
"""
