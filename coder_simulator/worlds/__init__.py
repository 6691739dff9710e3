"""The worlds that a simulated server can begin with.

A world is a module of this package with one function:

    def build(world: World, **options) -> None

It fills a fresh, empty `World`, in this order:

    world.add_organization("coder", display_name="Coder", is_default=True)
    ada = world.add_user("admin", name="Ada Admin", roles=("owner",))          # password: world.PASSWORD
    world.add_provisioner("provisioner-1")                                       # three of them
    dev = world.add_template("dev", created_by=ada, plan=VersionPlan(...), default_ttl_ms=8 * 3_600_000)
    v2 = world.add_version(dev, "v2", VersionPlan(...)); dev.active_version = v2
    place(world, owner=ada, template=dev, name="web", status="running", agent="ready")

`plans.VersionPlan` says what a version declares and how its builds and agents go afterwards; `placing.place`
puts a workspace into the world as if it had lived there for a while, in any status and with agents in any
state. Whatever is placed as pending, starting, stopping, deleting or canceling is taken up by the engine when
the server starts, by the plan of its version (a `Course(hangs=True)` stays so for good).
"""
