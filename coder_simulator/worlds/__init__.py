"""The worlds that a simulated server can start with.

A world is a module of this package with one function:

    def build(world: World, **options) -> None

It fills an empty `World`, in this order:

    world.add_organization("coder", display_name="Coder", is_default=True)
    ada = world.add_user("admin", name="Ada Admin", roles=("owner",))          # password: world.PASSWORD
    world.add_provisioner("provisioner-1")                                       # three of them
    dev = world.add_template("dev", created_by=ada, plan=VersionPlan(...), default_ttl_ms=8 * 3_600_000)
    v2 = world.add_version(dev, "v2", VersionPlan(...)); dev.active_version = v2
    seed_workspace(world, owner=ada, template=dev, name="web", status="running", agent_state="ready")

`version_plans.VersionPlan` declares a version and the behavior of its builds and agents;
`seed.seed_workspace` adds a workspace with a history, in any status and with agents in any state. The engine
continues pending, starting, stopping, deleting and canceling workspaces when the server starts, by the plan of
their version (a `BuildPlan(hangs=True)` never ends).
"""
