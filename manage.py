#!/usr/bin/env python3
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")
    from django.core.management import execute_from_command_line  # after the settings module is named

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
