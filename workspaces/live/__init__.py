"""The event streams: what the page shows is what Coder says, without a touch.

A stream is a plain ASGI route beside Django and holds neither thread nor database connection. server.py opens and ends
streams, topics.py and listing.py say what there is to tell, bulletin.py what the portal's own database has to say,
counts.py has their figures.
"""
