//! What leaves the process: OTLP, uploads, prices, the keys of other products, and the names dashboards query.

mod bound;
mod compat;
mod console;
mod dashboards;
mod otlp;
mod otlp_faults;
mod pricing;
mod uploads;
