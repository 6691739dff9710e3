"""The pages for staff, one module each."""
