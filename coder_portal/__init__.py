"""The site: configuration and entry, no pages."""
