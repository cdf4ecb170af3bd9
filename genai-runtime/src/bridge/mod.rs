//! OpenTelemetry of the version that an application has: what is recorded here goes to its providers as well, and its contexts go
//! where ours go.
//!
//! This library speaks one version of OpenTelemetry, [`genai::opentelemetry`](crate::opentelemetry). For an application with an
//! older one there is a feature for each: `opentelemetry-0_27` to `opentelemetry-0_32`. Switching it on is all there is to do. Then
//!
//! * spans and metrics go to the older version's global providers where this version has none that does anything, also where they
//!   are set after the first call (within a second);
//! * the older version's current span is the parent of an operation, and what the application records inside one is below it;
//! * conversation and properties travel in the older version's `Context`, so that its `with_current_context()` takes them along.
//!
//! Events need a logger provider that is handed over, since OpenTelemetry has no global one: see the module of your version, where
//! are also its tracer and meter providers for who does not use globals. Without such a feature nothing of this is there.

pub(crate) mod companion;
pub(crate) mod globals;
pub(crate) mod order;
#[cfg(any(
    feature = "opentelemetry-0_27",
    feature = "opentelemetry-0_28",
    feature = "opentelemetry-0_29",
    feature = "opentelemetry-0_30",
    feature = "opentelemetry-0_31",
    feature = "opentelemetry-0_32",
))]
pub(crate) mod version;

/// The version of OpenTelemetry that this library speaks.
pub(crate) const VERSION: &str = "0.33";

/// A module for each version that is on, and the list of them, the newest first.
macro_rules! versions {
    ($($since:ident: $module:ident, $feature:literal, $version:literal, $old:ident, $flags:tt, then $older:ty;)*) => {$(
        #[cfg(feature = $feature)]
        version::version!($module, $feature, $version, $old, $flags);
        #[cfg(feature = $feature)]
        type $since = ($module::Companion, $older);
        #[cfg(not(feature = $feature))]
        type $since = $older;
    )*};
}

versions! {
    Since0_27: v0_27, "opentelemetry-0_27", "0.27", opentelemetry_0_27,
        { links: at_start, guards: in_order, suppression: no, event_enabled: unknown }, then ();
    Since0_28: v0_28, "opentelemetry-0_28", "0.28", opentelemetry_0_28,
        { links: at_start, guards: in_order, suppression: no, event_enabled: unknown }, then Since0_27;
    Since0_29: v0_29, "opentelemetry-0_29", "0.29", opentelemetry_0_29,
        { links: at_start, guards: any_order, suppression: no, event_enabled: unknown }, then Since0_28;
    Since0_30: v0_30, "opentelemetry-0_30", "0.30", opentelemetry_0_30,
        { links: late, guards: any_order, suppression: yes, event_enabled: unknown }, then Since0_29;
    Since0_31: v0_31, "opentelemetry-0_31", "0.31", opentelemetry_0_31,
        { links: late, guards: any_order, suppression: yes, event_enabled: unknown }, then Since0_30;
    Since0_32: v0_32, "opentelemetry-0_32", "0.32", opentelemetry_0_32,
        { links: late, guards: any_order, suppression: yes, event_enabled: asked }, then Since0_31;
}

/// The versions that are on, the newest first.
pub(crate) type Companions = Since0_32;
