"""Creating a workspace from a template: its parameters as form fields, and the form as calls to Coder."""
