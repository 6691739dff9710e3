"""What the portal keeps, on PostgreSQL and Redis."""
