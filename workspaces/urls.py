"""The URLs of the portal, in groups by prefix."""

from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from workspaces import converters
from workspaces.setting_declarations import SETTINGS
from workspaces.views import (
    account,
    actions,
    activity,
    advice,
    agents,
    autostart_preview,
    build_detail,
    builds,
    bulk,
    create,
    delete,
    detail,
    favorite,
    history,
    operations,
    palette,
    parameters,
    resources,
    searches,
    settings,
    sign_out,
    stream_fallback,
    timings,
    usage,
)
from workspaces.views import list as workspace_list
from workspaces.views.embed import check as embed_check
from workspaces.views.embed import create as embed_create
from workspaces.views.embed import handoff as embed_handoff
from workspaces.views.embed import pages as embed_pages
from workspaces.views.embed import script as embed_script
from workspaces.views.embed import writes as embed_writes
from workspaces.views.staff import announcements as staff_announcements
from workspaces.views.staff import audit as staff_audit
from workspaces.views.staff import builds as staff_builds
from workspaces.views.staff import bulk as staff_bulk
from workspaces.views.staff import export as staff_export
from workspaces.views.staff import overview as staff_overview
from workspaces.views.staff import people as staff_people
from workspaces.views.staff import searches as staff_searches
from workspaces.views.staff import templates as staff_templates
from workspaces.views.staff import workspaces as staff_workspaces

register_converter(converters.CoderName, "name")
app_name = "workspaces"

# A setting whose declaration has a call is saved by the same view; the other ones have views of their own.
setting_patterns = [
    path("settings/", settings.by_id, name="settings_by_id"),
    path("dormant/", settings.dormant, name="dormant"),
    path("extend/", settings.extend, name="extend"),
    path("rename/", settings.rename, name="rename"),
    path("usage/", usage.usage, name="usage"),
    path("apps/<uuid:agent_id>/<str:app>/", usage.app_redirect, name="app_redirect"),
    *[
        path(f"{setting.name}/", settings.save_setting, {"name": setting.name}, name=setting.name)
        for setting in SETTINGS.values()
        if setting.call
    ],
]

workspace_patterns = [
    path("", detail.by_id, {"tab": "detail"}, name="by_id"),
    path("favorite/", favorite.favorite, name="favorite"),
    path("actions/", actions.actions, name="actions"),
    path("open/", actions.open_menu, name="open"),
    path("advice/", advice.advice, name="advice"),
    path("agents/", agents.agents, name="agents"),
    path("agents/<uuid:agent_id>/log/", agents.log, name="agent_log"),
    path("ports/", agents.ports, name="ports"),
    path("timings/", detail.by_id, {"tab": "history"}, name="timings"),
    path("reveal/", resources.reveal, name="reveal"),
    path("builds/", builds.builds, name="builds"),
    path("parameters/", detail.by_id, {"tab": "parameters"}, name="parameters_by_id"),
    *setting_patterns,
]

creation_patterns = [
    path("", create.choose_template, name="new"),
    path("<uuid:template_id>/", create.create, name="new_form"),
    path("<uuid:template_id>/people/", create.people, name="people"),
]

named_workspace_patterns = [
    path("", detail.detail, name="detail"),
    path("builds/", history.history, name="history"),
    path("settings/", settings.settings, name="settings"),
    path("builds/<int:number>/", build_detail.build, name="build"),
    path("builds/<int:number>/log.txt", build_detail.log, name="build_log"),
    path("builds/<int:number>/timings/", timings.build, name="build_timings"),
    path("delete/", delete.delete, name="delete"),
    path("parameters/", parameters.parameters, name="parameters"),
]

operation_patterns = [
    path("", operations.operations, name="operations"),
    path("<uuid:operation_id>/", operations.operation, name="operation"),
    path("<uuid:operation_id>/cancel/", operations.cancel, name="cancel_operation"),
    path("<uuid:operation_id>/again/", operations.retry, name="operation_again"),
    path("<uuid:operation_id>/undo/", operations.undo, name="operation_undo"),
]

search_patterns = [
    path("", searches.searches, name="searches"),
    path("<int:search_id>/", searches.search, name="search"),
    path("<int:search_id>/delete/", searches.delete_search, name="delete_search"),
]

live_patterns = [
    path("workspaces/", stream_fallback.stream_unavailable, name="live_list"),
    path("workspaces/<uuid:workspace_id>/", stream_fallback.stream_unavailable, name="live_workspace"),
    path("builds/<uuid:build_id>/", stream_fallback.stream_unavailable, name="live_build"),
    path("operations/<uuid:operation_id>/", stream_fallback.stream_unavailable, name="live_operation"),
    path("staff/workspaces/", stream_fallback.stream_unavailable, name="live_staff_workspaces"),
]

staff_patterns = [
    path("", staff_overview.home, name="staff"),
    path("parts/<slug:name>/", staff_overview.part, name="staff_part"),
    path("workspaces/", staff_workspaces.workspaces, name="staff_workspaces"),
    path("workspaces/reload/", staff_workspaces.reload, name="staff_reload"),
    path("workspaces/columns/", staff_workspaces.columns, name="staff_columns"),
    path("workspaces/searches/", staff_searches.save, name="staff_save_search"),
    path("workspaces/searches/<int:search_id>/delete/", staff_searches.delete, name="staff_delete_search"),
    path("workspaces/bulk/", staff_bulk.bulk, name="staff_bulk"),
    path("workspaces.csv", staff_export.csv, name="staff_workspaces_csv"),
    path("builds/", staff_builds.builds, name="staff_builds"),
    path("builds/<uuid:build_id>/", staff_builds.build, name="staff_build"),
    path("templates/", staff_templates.templates, name="staff_templates"),
    path("people/", staff_people.people, name="staff_people"),
    path("people/<name:name>/", staff_people.person, name="staff_person"),
    path("announcements/", staff_announcements.announcements, name="staff_announcements"),
    path("announcements/<int:announcement_id>/", staff_announcements.announcement, name="staff_announcement"),
    path("announcements/<int:announcement_id>/delete/", staff_announcements.delete, name="staff_announcement_delete"),
    path("audit/", staff_audit.audit, name="staff_audit"),
    path("audit.csv", staff_audit.csv, name="staff_audit_csv"),
    path("workspaces.jsonl", staff_export.json_lines, name="staff_workspaces_jsonl"),
]

embed_patterns = [
    path("workspaces/", embed_pages.workspaces, name="embed_workspaces"),
    path("@<name:owner>/<name:name>/", embed_pages.workspace, name="embed_workspace"),
    path("check/", embed_check.check, name="embed_check"),
    path("new/<uuid:template_id>/", embed_create.create, name="embed_new"),
    path("host.js", embed_script.host_script, name="embed_script"),
    path("host.<slug:digest>.js", embed_script.host_script, name="embed_script_version"),
    path("login/", embed_pages.signed_in, name="embed_login"),
    path("cookies/", embed_handoff.cookies, name="embed_cookies"),
    path("ticket/", embed_handoff.ticket, name="embed_ticket"),
    path("window/", embed_handoff.window, name="embed_window"),
    path("handoff/", embed_handoff.allow, name="embed_handoff"),
    path("claim/", embed_handoff.claim, name="embed_claim"),
    path("live/workspaces/", embed_pages.stream_unavailable, name="embed_live_list"),
    path("live/workspaces/<uuid:workspace_id>/", embed_pages.stream_unavailable, name="embed_live_workspace"),
    path("accent/<slug:digits>.css", embed_pages.accent, name="embed_accent"),
    path("workspaces/<uuid:workspace_id>/builds/", embed_writes.builds, name="embed_builds"),
    path("workspaces/<uuid:workspace_id>/extend/", embed_writes.extend, name="embed_extend"),
    path("workspaces/<uuid:workspace_id>/favorite/", embed_writes.favorite, name="embed_favorite"),
]

account_patterns = [
    path("", account.account, name="account"),
    path("sessions/end/", sign_out.end_sessions, name="end_sessions"),
    path("sessions/end-one/", sign_out.end_session, name="end_session"),
]

urlpatterns = [
    path("", workspace_list.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", sign_out.logout, name="logout"),
    path("account/", include(account_patterns)),
    path("workspaces/", workspace_list.workspaces, name="list"),
    path("workspaces/new/", include(creation_patterns)),
    path("workspaces/autostart/", autostart_preview.autostart_preview, name="autostart_preview"),
    path("workspaces/<uuid:workspace_id>/", include(workspace_patterns)),
    path("@<name:owner>/<name:name>/", include(named_workspace_patterns)),
    path("bulk/", bulk.bulk, name="bulk"),
    path("builds/<uuid:build_id>/cancel/", builds.cancel, name="cancel"),
    path("operations/", include(operation_patterns)),
    path("palette/", palette.palette, name="palette"),
    path("searches/", include(search_patterns)),
    path("activity/", activity.activity, name="activity"),
    path("announcements/<int:announcement_id>/dismiss/", staff_announcements.dismiss, name="dismiss_announcement"),
    path("staff/", include(staff_patterns)),
    path(
        "record/",
        RedirectView.as_view(pattern_name="workspaces:activity", permanent=True, query_string=True),
        name="record",
    ),
    path("live/", include(live_patterns)),
    path("embed/", include(embed_patterns)),
]
