"""From a template to a workspace: its parameters as fields of a form, and what the form asks Coder for."""
