"""The Django project: settings, entry point, health checks, metrics and logs."""
