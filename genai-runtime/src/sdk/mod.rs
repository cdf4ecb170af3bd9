//! Everything that needs the OpenTelemetry SDK.

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "otlp")]
pub mod otlp;
pub(crate) mod providers;
#[cfg(feature = "testing")]
pub mod testing;
