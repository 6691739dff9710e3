"""The project's URLs: health checks, metrics, and the pages of the app `workspaces`."""

from django.urls import include, path

from coder_portal import health
from coder_portal.metrics import metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("workspaces.urls")),
]
handler400 = "workspaces.views.errors.bad_request"
handler403 = "workspaces.views.errors.forbidden"
handler404 = "workspaces.views.errors.not_found"
handler500 = "workspaces.views.errors.server_error"
