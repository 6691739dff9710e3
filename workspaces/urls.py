"""The table of contents: every address of the portal."""

from django.urls import path, register_converter
from django.views.generic import RedirectView

from workspaces import converters
from workspaces.views import (
    account,
    activity,
    advice,
    agents,
    build,
    builds,
    create,
    delete,
    detail,
    live,
    operations,
    parameters,
    resources,
    timings,
    usage,
)
from workspaces.views import list as listing
from workspaces.views import settings as own

register_converter(converters.CoderName, "name")
app_name = "workspaces"

urlpatterns = [
    path("", listing.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="end_sessions"),
    path("workspaces/", listing.workspaces, name="list"),
    path("workspaces/new/", create.pick, name="new"),
    path("workspaces/new/<uuid:template_id>/", create.create, name="new_form"),
    path("workspaces/new/<uuid:template_id>/people/", create.people, name="people"),
    path("workspaces/<uuid:workspace_id>/", detail.by_id, name="by_id"),
    path("workspaces/<uuid:workspace_id>/favorite/", own.favorite, name="favorite"),
    path("workspaces/<uuid:workspace_id>/dormant/", own.dormant, name="dormant"),
    path("workspaces/<uuid:workspace_id>/advice/", advice.advice, name="advice"),
    path("workspaces/<uuid:workspace_id>/settings/", own.settings, name="settings"),
    path("workspaces/<uuid:workspace_id>/rename/", own.rename, name="rename"),
    path("workspaces/<uuid:workspace_id>/ttl/", own.ttl, name="ttl"),
    path("workspaces/<uuid:workspace_id>/autostart/", own.autostart, name="autostart"),
    path("workspaces/<uuid:workspace_id>/autoupdates/", own.autoupdates, name="autoupdates"),
    path("workspaces/<uuid:workspace_id>/extend/", own.extend, name="extend"),
    path("workspaces/<uuid:workspace_id>/agents/", agents.agents, name="agents"),
    path("workspaces/<uuid:workspace_id>/agents/<uuid:agent_id>/log/", agents.log, name="agent_log"),
    path("workspaces/<uuid:workspace_id>/ports/", agents.ports, name="ports"),
    path("workspaces/<uuid:workspace_id>/timings/", timings.timings, name="timings"),
    path("workspaces/<uuid:workspace_id>/reveal/", resources.reveal, name="reveal"),
    path("workspaces/<uuid:workspace_id>/usage/", usage.usage, name="usage"),
    path("workspaces/<uuid:workspace_id>/builds/", builds.builds, name="builds"),
    path("builds/<uuid:build_id>/cancel/", builds.cancel, name="cancel"),
    path("workspaces/<uuid:workspace_id>/parameters/", parameters.by_id, name="parameters_by_id"),
    path("operations/", operations.operations, name="operations"),
    path("operations/<uuid:operation_id>/", operations.operation, name="operation"),
    path("operations/<uuid:operation_id>/cancel/", operations.cancel, name="cancel_operation"),
    path("operations/<uuid:operation_id>/again/", operations.again, name="operation_again"),
    path("activity/", activity.activity, name="activity"),
    path("record/", RedirectView.as_view(pattern_name="workspaces:activity", permanent=True, query_string=True)),
    path("live/workspaces/", live.unserved, name="live_list"),
    path("live/workspaces/<uuid:workspace_id>/", live.unserved, name="live_workspace"),
    path("live/builds/<uuid:build_id>/", live.unserved, name="live_build"),
    path("live/operations/<uuid:operation_id>/", live.unserved, name="live_operation"),
    path("@<name:owner>/<name:workspace>/", detail.detail, name="detail"),
    path("@<name:owner>/<name:workspace>/builds/<int:number>/", build.build, name="build"),
    path("@<name:owner>/<name:workspace>/builds/<int:number>/log.txt", build.log, name="build_log"),
    path("@<name:owner>/<name:workspace>/builds/<int:number>/timings/", timings.build, name="build_timings"),
    path("@<name:owner>/<name:workspace>/delete/", delete.delete, name="delete"),
    path("@<name:owner>/<name:workspace>/parameters/", parameters.parameters, name="parameters"),
]
