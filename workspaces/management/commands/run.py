"""Run the portal on this machine with a real Coder. Its keys and database are in var/private/."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coder_portal import local_portal


class Command(BaseCommand):
    """manage.py run"""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the port."""
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Run portal and worker until Ctrl-C."""
        if "CODER_URL" in settings.SETTING_ERRORS or not settings.CODER_URL:
            raise CommandError("Say which Coder: make run CODER_URL=https://coder.example.com")
        env = local_portal.build_environment(settings.CODER_URL, port)
        local_portal.prepare(env)
        portal = local_portal.Service(lambda: local_portal.start_portal(env, port))
        local_portal.wait_until_ready(f"{local_portal.listening_address(env, port).origin}/healthz", portal.process)
        self.stdout.write(
            f"\n  The portal: {env['PORTAL_URL']}   in front of {settings.CODER_URL}\n  Press Ctrl-C to stop.\n"
        )
        raise SystemExit(
            local_portal.run_until_interrupted([portal, local_portal.Service(lambda: local_portal.start_worker(env))])
        )
