"""Run a simulated Coder server, in memory: `manage.py simulate_coder --port 3000`, see `python -m coder_simulator`."""

from django.core.management.base import BaseCommand

from coder_simulator.__main__ import main


class Command(BaseCommand):
    """Pass the command line on to the simulator's own program."""

    def run_from_argv(self, argv: list[str]) -> None:
        """Serve in the foreground until interrupted."""
        main(argv[2:])
