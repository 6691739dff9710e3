"""Serve the styleguide: `make styleguide`, or `python -m tests.styleguide --port 8000`."""

import argparse
import contextlib
import os
from threading import Event

import django


def main() -> None:
    """Serve the sample portal until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.styleguide", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (default: %(default)s)")
    port = parser.parse_args().port
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.styleguide.server import serve_samples

    with serve_samples(port) as url, contextlib.suppress(KeyboardInterrupt):
        print(f"{url}/styleguide/   Press Ctrl-C to stop.", flush=True)  # noqa: T201  # the output of this command
        Event().wait()


if __name__ == "__main__":
    main()
