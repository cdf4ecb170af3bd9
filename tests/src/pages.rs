//! The code in the README and in the pages of `docs` compiles; that of `docs/clients.md` in the package that has the clients.

macro_rules! pages {
    ($($name:ident: $page:literal;)+) => {$(
        #[cfg(doctest)]
        #[doc = include_str!($page)]
        pub mod $name {}
    )+};
}

pages! {
    readme: "../../README.md";
    coming_from: "../../docs/coming-from.md";
    content: "../../docs/content.md";
    context: "../../docs/context.md";
    errors: "../../docs/errors.md";
    attempts: "../../docs/attempts.md";
    backends: "../../docs/backends.md";
    evaluations: "../../docs/evaluations.md";
    limits: "../../docs/limits.md";
    mcp: "../../docs/mcp.md";
    opentelemetry_versions: "../../docs/opentelemetry-versions.md";
    performance: "../../docs/performance.md";
    reliability: "../../docs/reliability.md";
    services: "../../docs/services.md";
    settings: "../../docs/settings.md";
    streams: "../../docs/streams.md";
    without_macros: "../../docs/without-macros.md";
}
