"""Event streams that keep open pages current.

Streams are served by an ASGI application beside Django and hold neither a thread nor a database connection. `server`
opens and ends streams; a topic (`list_topic`, `workspace_topic`, `build_topic`, `operation_topic`) yields the events
of one stream from the sources of `workspaces.coder.hub` and from `database_poller`; `subscribers` identifies the
person behind a stream. Pages send the signals of `workspaces.signals` to the streams of their process.
"""
