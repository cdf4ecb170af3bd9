//! The methods of rmcp's `ServerHandler` that serve requests and notifications: a method's name goes in, what it serves comes out.

/// What a method serves, and which arguments it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    /// A request: its parameters and the context.
    Request(&'static str),
    /// A request without parameters: the context alone.
    Bare(&'static str),
    /// A request whose method is in its parameters.
    Custom,
    /// A notification: its parameters and the context.
    Notification(&'static str),
    /// A notification without parameters.
    BareNotification(&'static str),
    /// A notification whose method is in its parameters.
    CustomNotification,
}

const METHODS: [(&str, Serves); 27] = [
    ("call_tool", Serves::Request("tools/call")),
    ("cancel_task", Serves::Request("tasks/cancel")),
    ("complete", Serves::Request("completion/complete")),
    ("discover", Serves::Bare("server/discover")),
    ("get_prompt", Serves::Request("prompts/get")),
    ("get_skill", Serves::Request("skills/get")),
    ("get_task", Serves::Request("tasks/get")),
    ("initialize", Serves::Request("initialize")),
    ("list_prompts", Serves::Request("prompts/list")),
    (
        "list_resource_templates",
        Serves::Request("resources/templates/list"),
    ),
    ("list_resources", Serves::Request("resources/list")),
    ("list_skills", Serves::Request("skills/list")),
    ("list_tools", Serves::Request("tools/list")),
    ("listen", Serves::Bare("subscriptions/listen")),
    (
        "on_cancelled",
        Serves::Notification("notifications/cancelled"),
    ),
    ("on_custom_notification", Serves::CustomNotification),
    ("on_custom_request", Serves::Custom),
    (
        "on_initialized",
        Serves::BareNotification("notifications/initialized"),
    ),
    (
        "on_progress",
        Serves::Notification("notifications/progress"),
    ),
    (
        "on_roots_list_changed",
        Serves::BareNotification("notifications/roots/list_changed"),
    ),
    ("ping", Serves::Bare("ping")),
    ("read_resource", Serves::Request("resources/read")),
    (
        "read_resource_directory",
        Serves::Request("resources/directory/read"),
    ),
    ("set_level", Serves::Request("logging/setLevel")),
    ("subscribe", Serves::Request("resources/subscribe")),
    ("unsubscribe", Serves::Request("resources/unsubscribe")),
    ("update_task", Serves::Request("tasks/update")),
];

/// What the method of this name serves, if anything.
pub(super) fn find(name: &str) -> Option<Serves> {
    let found = METHODS.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

impl Serves {
    /// How many arguments the method has after `self`.
    pub(super) fn arguments(self) -> usize {
        match self {
            Self::Bare(_) | Self::BareNotification(_) => 1,
            _ => 2,
        }
    }
}
