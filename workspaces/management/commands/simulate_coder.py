"""Run a simulated Coder server in memory: `manage.py simulate_coder --port 3000`. See `python -m coder_simulator`."""

from django.core.management.base import BaseCommand

from coder_simulator.__main__ import main


class Command(BaseCommand):
    """manage.py simulate_coder"""

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the simulator's own command line until it is interrupted."""
        main(argv[2:])
