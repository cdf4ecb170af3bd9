//! OpenTelemetry's global propagator: `OTEL_PROPAGATORS` goes in, and becomes it unless the program has set one.

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::{global, otel_info, otel_warn};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::config::Lookup;
use crate::diag::call_out::{CallOut, contained};
use crate::diag::warn::said;

const VARIABLE: &str = "OTEL_PROPAGATORS";

type Propagator = Box<dyn TextMapPropagator + Send + Sync>;

/// Sets the propagators that the variable names, W3C's two where it does not, and says which.
pub(super) fn set(lookup: Lookup<'_>) {
    // The no-op one is that without fields.
    let is_set = contained(CallOut::Propagator, || {
        global::get_text_map_propagator(|propagator| propagator.fields().next().is_some())
    });
    if is_set != Some(false) {
        return;
    }
    let (names, propagators) = named(lookup(VARIABLE));
    if propagators.is_empty() {
        return;
    }
    global::set_text_map_propagator(TextMapCompositePropagator::new(propagators));
    let names = names.join(",");
    said(|| {
        otel_info!(
            name: "GenAi.Propagators",
            message = "no global propagator was set: these are set now",
            propagators = names.as_str()
        );
    });
}

/// The propagators of a list of names, each once; and their names.
fn named(list: Option<String>) -> (Vec<&'static str>, Vec<Propagator>) {
    let list = list.filter(|list| !list.trim().is_empty());
    let list = list.as_deref().unwrap_or("tracecontext,baggage");
    let (mut names, mut propagators) = (Vec::new(), Vec::<Propagator>::new());
    for name in list.split(',').map(str::trim) {
        match name {
            "none" => return (Vec::new(), Vec::new()),
            "tracecontext" if !names.contains(&"tracecontext") => {
                names.push("tracecontext");
                propagators.push(Box::new(TraceContextPropagator::new()));
            }
            "baggage" if !names.contains(&"baggage") => {
                names.push("baggage");
                propagators.push(Box::new(BaggagePropagator::new()));
            }
            "" | "tracecontext" | "baggage" => {}
            other => said(|| {
                otel_warn!(
                    name: "GenAi.Propagators",
                    message = "OTEL_PROPAGATORS names one that is not known here: it is left out. The program can set it as OpenTelemetry's global propagator before",
                    propagator = other
                );
            }),
        }
    }
    (names, propagators)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_what_is_set() {
        for (list, expected) in [
            (None, &["tracecontext", "baggage"][..]),
            (Some(""), &["tracecontext", "baggage"]),
            (
                Some("baggage, tracecontext,baggage"),
                &["baggage", "tracecontext"],
            ),
            (Some("b3,tracecontext"), &["tracecontext"]),
            (Some("none"), &[]),
            (Some("tracecontext,none"), &[]),
        ] {
            let (names, propagators) = named(list.map(str::to_owned));
            assert_eq!(names, expected);
            assert_eq!(propagators.len(), expected.len());
        }
    }
}
