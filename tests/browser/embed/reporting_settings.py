"""The settings of a portal whose Content-Security-Policy makes browsers report to the site of the tests."""

import os

from coder_portal.settings import *  # noqa: F403  # the others are unchanged

REPORTS = {"report-uri": [os.environ["TEST_REPORTS_URL"]]}
SECURE_CSP = {**SECURE_CSP, **REPORTS}  # type: ignore[dict-item]  # noqa: F405
