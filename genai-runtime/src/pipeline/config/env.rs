//! The environment variables: raw values in, settings out, one warning per variable for a value that is none.

use std::collections::HashMap;
use std::ffi::OsString;

use super::{ContentCapture, ContextInMetrics};
use crate::diag::warn::{Once, once};

const OPT_IN: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";
const CAPTURE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
const EMIT_EVENT: &str = "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT";
const PROPAGATION: &str = "OTEL_INSTRUMENTATION_GENAI_CONTEXT_PROPAGATION";
const IN_METRICS: &str = "OTEL_INSTRUMENTATION_GENAI_CONTEXT_INCLUDE_IN_METRICS";
const HOOK: &str = "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK";
const COMPAT: &str = "GENAI_COMPAT";
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// The variables as they stood when a configuration was built; an empty value is an unset one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    values: HashMap<&'static str, String>,
}

impl Environment {
    /// Reads the process's: a variable that is not in this list counts as unset. So does a value that is not UTF-8, with a warning that
    /// does not repeat it.
    pub(crate) fn read() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut values = HashMap::new();
        for name in [
            OPT_IN,
            CAPTURE,
            EMIT_EVENT,
            PROPAGATION,
            IN_METRICS,
            HOOK,
            COMPAT,
            DISABLED,
        ] {
            let Some(value) = variable(name) else {
                continue;
            };
            match value.into_string() {
                Ok(value) if value.trim().is_empty() => {}
                Ok(value) => {
                    values.insert(name, value);
                }
                Err(_) => {
                    crate::diag::warn::warning(&format!("{name} is not UTF-8 and is ignored"))
                }
            }
        }
        Self { values }
    }

    fn get(&self, name: &'static str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether `gen_ai_latest_experimental` is in the opt-in list (comma list, trimmed, case-sensitive).
    pub(crate) fn is_experimental(&self) -> bool {
        self.get(OPT_IN).is_some_and(|list| {
            list.split(',')
                .any(|item| item.trim() == "gen_ai_latest_experimental")
        })
    }

    /// The content mode; content asked for without the opt-in is off, with a warning that names both variables.
    pub(crate) fn capture(&self, is_experimental: bool) -> ContentCapture {
        let Some(value) = self.get(CAPTURE) else {
            return ContentCapture::NoContent;
        };
        let mode = match value.trim().to_ascii_uppercase().as_str() {
            "NO_CONTENT" => ContentCapture::NoContent,
            "SPAN_ONLY" => ContentCapture::SpanOnly,
            "EVENT_ONLY" => ContentCapture::EventOnly,
            "SPAN_AND_EVENT" => ContentCapture::SpanAndEvent,
            _ => {
                once(Once::ContentMode, || {
                    format!(
                        "{CAPTURE}={:?} is unknown; content stays off. Choices: NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT",
                        short(value)
                    )
                });
                return ContentCapture::NoContent;
            }
        };
        if mode != ContentCapture::NoContent && !is_experimental {
            once(Once::ContentWithoutOptIn, || {
                format!(
                    "{CAPTURE} asks for content, but {OPT_IN} lacks gen_ai_latest_experimental; content stays off"
                )
            });
            return ContentCapture::NoContent;
        }
        mode
    }

    /// The event switch; `None` leaves it to the mode. Without the opt-in it does not count, with a warning if it asks for events.
    pub(crate) fn emit_event(&self, is_experimental: bool) -> Option<bool> {
        let value = self.get(EMIT_EVENT)?;
        match value.trim().to_ascii_lowercase().as_str() {
            "true" if !is_experimental => {
                once(Once::ContentWithoutOptIn, || {
                    format!(
                        "{EMIT_EVENT} asks for events, but {OPT_IN} lacks gen_ai_latest_experimental; the switch is ignored"
                    )
                });
                None
            }
            "true" => Some(true),
            "false" => Some(false).filter(|_| is_experimental),
            _ => {
                once(Once::EmitEvent, || {
                    format!(
                        "{EMIT_EVENT}={:?} is neither true nor false; the content mode decides",
                        short(value)
                    )
                });
                None
            }
        }
    }

    /// Whether operations inherit the ambient context; on unless the value says otherwise.
    pub(crate) fn context_propagation(&self) -> bool {
        let Some(value) = self.get(PROPAGATION) else {
            return true;
        };
        match value.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => true,
            other => {
                if !matches!(other, "0" | "false" | "no" | "off") {
                    once(Once::Propagation, || {
                        format!(
                            "{PROPAGATION}={:?} is none of 1, true, yes, on; the context is not propagated",
                            short(value)
                        )
                    });
                }
                false
            }
        }
    }

    /// What of the context goes on metrics.
    pub(crate) fn context_in_metrics(&self) -> ContextInMetrics {
        self.get(IN_METRICS)
            .map_or(ContextInMetrics::none(), ContextInMetrics::parse)
    }

    /// The compatibility switches; names that are none give one warning.
    pub(crate) fn compat(&self) -> crate::pipeline::compat::Compat {
        let (compat, error) =
            crate::pipeline::compat::Compat::lenient(self.get(COMPAT).unwrap_or_default());
        if let Some(error) = error {
            crate::diag::warn::warning(&format!("{COMPAT}: {error}"));
        }
        compat
    }

    /// The name of the completion hook, exactly as written.
    pub(crate) fn hook(&self) -> Option<&str> {
        self.get(HOOK)
    }

    /// The variable that names the hook, for messages.
    pub(crate) const HOOK: &'static str = HOOK;

    /// One in which this hook is chosen.
    #[cfg(test)]
    pub(crate) fn with_hook(name: &str) -> Self {
        Self {
            values: HashMap::from([(HOOK, name.to_owned())]),
        }
    }

    /// Whether `OTEL_SDK_DISABLED` is `true`.
    pub(crate) fn is_disabled(&self) -> bool {
        self.get(DISABLED)
            .is_some_and(|v| v.trim().eq_ignore_ascii_case("true"))
    }
}

/// At most 64 characters of a value, for a message.
fn short(value: &str) -> &str {
    value
        .char_indices()
        .nth(64)
        .map_or(value, |(at, _)| value.get(..at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> Environment {
        Environment {
            values: HashMap::from([(name, value.to_owned())]),
        }
    }

    #[test]
    fn each_content_mode_has_its_word() {
        for (value, mode) in [
            ("NO_CONTENT", ContentCapture::NoContent),
            (" no_content ", ContentCapture::NoContent),
            ("SPAN_ONLY", ContentCapture::SpanOnly),
            ("span_only", ContentCapture::SpanOnly),
            ("EVENT_ONLY", ContentCapture::EventOnly),
            ("SPAN_AND_EVENT", ContentCapture::SpanAndEvent),
            ("true", ContentCapture::NoContent),
        ] {
            let environment = with(CAPTURE, value);
            assert_eq!(environment.capture(true), mode, "{value}");
            assert_eq!(environment.capture(false), ContentCapture::NoContent);
        }
        assert_eq!(
            Environment::default().capture(true),
            ContentCapture::NoContent
        );
    }

    #[test]
    fn the_switch_of_the_event_counts_with_the_opt_in_alone() {
        for (value, with_opt_in) in [
            ("true", Some(true)),
            (" TRUE", Some(true)),
            ("false", Some(false)),
            ("1", None),
        ] {
            let environment = with(EMIT_EVENT, value);
            assert_eq!(environment.emit_event(true), with_opt_in, "{value}");
            assert_eq!(environment.emit_event(false), None, "{value}");
        }
        assert_eq!(Environment::default().emit_event(true), None);
    }

    #[test]
    fn the_context_is_inherited_unless_the_value_is_another() {
        assert!(Environment::default().context_propagation());
        for (value, is_on) in [
            ("1", true),
            ("Yes", true),
            (" on ", true),
            ("true", true),
            ("0", false),
            ("no", false),
            ("perhaps", false),
        ] {
            assert_eq!(with(PROPAGATION, value).context_propagation(), is_on);
        }
    }

    #[test]
    fn opt_in_hook_and_end_are_read_as_they_are_written() {
        let opt_in = |value| with(OPT_IN, value).is_experimental();
        assert!(opt_in("http, gen_ai_latest_experimental") && opt_in("gen_ai_latest_experimental"));
        assert!(!opt_in("GEN_AI_LATEST_EXPERIMENTAL") && !Environment::default().is_experimental());
        assert_eq!(with(HOOK, " Upload").hook(), Some(" Upload"));
        assert_eq!(Environment::default().hook(), None);
        let disabled = |value| with(DISABLED, value).is_disabled();
        assert!(disabled("true") && disabled(" True ") && !disabled("1"));
        assert!(!Environment::default().is_disabled());
    }

    #[test]
    fn a_message_has_the_beginning_of_a_value() {
        assert_eq!(short("perhaps"), "perhaps");
        assert_eq!(short(&"ü".repeat(64)), "ü".repeat(64));
        assert_eq!(short(&"ü".repeat(65)), "ü".repeat(64));
    }

    #[test]
    fn every_variable_is_asked_and_an_empty_one_is_unset() {
        let all = [
            (OPT_IN, "gen_ai_latest_experimental"),
            (CAPTURE, "SPAN_ONLY"),
            (EMIT_EVENT, "true"),
            (PROPAGATION, "off"),
            (IN_METRICS, "all"),
            (HOOK, "upload"),
            (COMPAT, "session"),
            (DISABLED, "true"),
        ];
        let set = Environment::of(|name| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        });
        assert_eq!(set.values.len(), all.len());
        assert!(set.is_experimental() && set.is_disabled() && !set.context_propagation());
        assert_eq!(set.capture(true), ContentCapture::SpanOnly);
        assert_eq!(set.emit_event(true), Some(true));
        assert_eq!(set.context_in_metrics(), ContextInMetrics::all());
        assert_eq!(
            (set.hook(), set.compat()),
            (Some("upload"), crate::Compat::SESSION)
        );
        for nothing in [None, Some(""), Some("  ")] {
            let unset = Environment::of(|_| nothing.map(OsString::from));
            assert!(unset.values.is_empty(), "{nothing:?}");
        }
    }

    #[cfg(all(unix, feature = "internal-logs"))]
    #[test]
    fn a_value_that_is_not_utf_8_is_said_without_it() {
        use std::os::unix::ffi::OsStringExt as _;

        let (unset, lines) = crate::diag::heard::heard(|| {
            let secret = || OsString::from_vec(b"secret\xff".to_vec());
            Environment::of(|name| (name == HOOK).then(secret))
        });
        assert!(unset.values.is_empty());
        assert_eq!(lines, [format!("{HOOK} is not UTF-8 and is ignored")]);
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn a_value_that_is_none_is_said_with_its_variable() {
        use crate::diag::heard::heard;

        let capture = |value: &str, opt_in| {
            let environment = with(CAPTURE, value);
            heard(|| environment.capture(opt_in)).1
        };
        assert!(capture("span_only", true).is_empty());
        assert!(capture("no_content", false).is_empty());
        assert_eq!(
            capture("all", true),
            [
                r#"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="all" is unknown; content stays off. Choices: NO_CONTENT, SPAN_ONLY, EVENT_ONLY, SPAN_AND_EVENT"#
            ]
        );
        assert_eq!(
            capture("event_only", false),
            [
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT asks for content, but OTEL_SEMCONV_STABILITY_OPT_IN lacks gen_ai_latest_experimental; content stays off"
            ]
        );

        let event = |value: &str, opt_in| {
            let environment = with(EMIT_EVENT, value);
            heard(|| environment.emit_event(opt_in)).1
        };
        assert!(event("true", true).is_empty());
        assert!(event("false", true).is_empty() && event("FALSE", false).is_empty());
        assert_eq!(
            event("true", false),
            [
                "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT asks for events, but OTEL_SEMCONV_STABILITY_OPT_IN lacks gen_ai_latest_experimental; the switch is ignored"
            ]
        );
        assert_eq!(
            event("1", true),
            [
                r#"OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="1" is neither true nor false; the content mode decides"#
            ]
        );

        let propagation = |value: &str| {
            let environment = with(PROPAGATION, value);
            heard(|| environment.context_propagation()).1
        };
        for value in ["1", "true", "yes", "on", "0", "false", "no", "off", " Off "] {
            assert!(propagation(value).is_empty(), "{value}");
        }
        assert_eq!(
            propagation("perhaps"),
            [
                r#"OTEL_INSTRUMENTATION_GENAI_CONTEXT_PROPAGATION="perhaps" is none of 1, true, yes, on; the context is not propagated"#
            ]
        );

        let (compat, lines) = heard(|| with(COMPAT, "session, opik").compat());
        assert_eq!(compat, crate::Compat::SESSION);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("GENAI_COMPAT: \"opik\" is no compatibility switch"));
        assert!(heard(|| with(COMPAT, "Session").compat()).1.is_empty());
    }

    #[test]
    fn what_of_the_context_goes_on_metrics_is_nothing_unless_it_is_named() {
        let none = ContextInMetrics::none();
        assert_eq!(Environment::default().context_in_metrics(), none);
        let all = ContextInMetrics::all();
        assert_eq!(with(IN_METRICS, " All ").context_in_metrics(), all);
        let some = with(IN_METRICS, "a, b,").context_in_metrics();
        assert_eq!(some, ContextInMetrics::keys(["a", "b"]));
        assert_eq!(Environment::default().compat(), crate::Compat::NONE);
    }
}
