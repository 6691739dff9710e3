"""Names of the features that a license may enable, as in /entitlements."""

FEATURES = frozenset(
    {
        "access_control",
        "advanced_template_scheduling",
        "appearance",
        "audit_log",
        "browser_only",
        "control_shared_ports",
        "custom_roles",
        "external_provisioner_daemons",
        "external_token_encryption",
        "high_availability",
        "multiple_external_auth",
        "multiple_organizations",
        "scim",
        "template_rbac",
        "user_limit",
        "user_role_management",
        "workspace_batch_actions",
        "workspace_proxy",
    }
)

FEATURES_SINCE_2_36 = frozenset(
    {
        "ai_governance_user_limit",
        "aibridge",
        "boundary",
        "connection_log",
        "managed_agent_limit",
        "service_accounts",
        "task_batch_actions",
        "workspace_external_agent",
        "workspace_prebuilds",
    }
)
