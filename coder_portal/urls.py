"""The project's URLs: metrics, and the pages of the app `workspaces`. `asgi.py` serves health checks and streams."""

from django.urls import include, path

from coder_portal.metrics import metrics

urlpatterns = [
    path("metrics", metrics, name="metrics"),
    path("", include("workspaces.urls")),
]
handler400 = "workspaces.views.errors.bad_request"
handler403 = "workspaces.views.errors.forbidden"
handler404 = "workspaces.views.errors.not_found"
handler500 = "workspaces.views.errors.server_error"
