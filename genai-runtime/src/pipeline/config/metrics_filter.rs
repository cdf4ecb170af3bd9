//! What of the context goes on metrics: `OTEL_INSTRUMENTATION_GENAI_CONTEXT_INCLUDE_IN_METRICS`.

use std::fmt;

use crate::context::PREFIX;

/// Which parts of the [`GenAiContext`](crate::GenAiContext) become metric attributes; none by default, since a conversation id
/// makes a time series per conversation. Keys are written short (`user.id`) or full
/// (`gen_ai.association.properties.user.id`); the id is `gen_ai.conversation.id`. They are case-sensitive.
///
/// ```
/// use genai::ContextInMetrics;
///
/// let some = ContextInMetrics::keys(["customer.id", "gen_ai.conversation.id"]);
/// assert_eq!(some, ContextInMetrics::parse("customer.id, gen_ai.conversation.id"));
/// assert_eq!(ContextInMetrics::parse("ALL"), ContextInMetrics::all());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextInMetrics {
    all: bool,
    keys: Vec<String>,
}

impl ContextInMetrics {
    /// Nothing; the default.
    pub const fn none() -> Self {
        Self {
            all: false,
            keys: Vec::new(),
        }
    }

    /// The id and every property.
    pub const fn all() -> Self {
        Self {
            all: true,
            keys: Vec::new(),
        }
    }

    /// The properties with these keys, short or full; `gen_ai.conversation.id` for the id.
    pub fn keys<I>(keys: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let keys = keys
            .into_iter()
            .map(|k| k.as_ref().trim().to_owned())
            .filter(|k| !k.is_empty())
            .collect();
        Self { all: false, keys }
    }

    /// As the environment variable has it: `all` alone, or a comma list of keys.
    pub fn parse(value: &str) -> Self {
        if value.trim().eq_ignore_ascii_case("all") {
            Self::all()
        } else {
            Self::keys(value.split(','))
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        !self.all && self.keys.is_empty()
    }

    /// Whether the attribute with this full key goes on metrics.
    pub(crate) fn includes(&self, full_key: &str) -> bool {
        self.all
            || self.keys.iter().any(|k| {
                k == full_key
                    || full_key
                        .strip_prefix(PREFIX)
                        .is_some_and(|short| short == k)
            })
    }
}

impl fmt::Display for ContextInMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all {
            f.write_str("all")
        } else if self.keys.is_empty() {
            f.write_str("none")
        } else {
            write!(f, "{} keys", self.keys.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_or_full_and_all_is_a_word_of_its_own() {
        let shown = |filter: &ContextInMetrics| (filter.to_string(), filter.is_none());
        let (user, full) = ("user.id", "gen_ai.association.properties.user.id");
        let id = "gen_ai.conversation.id";

        let none = ContextInMetrics::parse(" , ");
        assert_eq!(
            (&none, shown(&none)),
            (&ContextInMetrics::none(), ("none".into(), true))
        );
        assert!(!none.includes(full) && !none.includes(id));

        let all = ContextInMetrics::parse(" ALL ");
        assert_eq!(
            (&all, shown(&all)),
            (&ContextInMetrics::all(), ("all".into(), false))
        );
        assert!(all.includes(full) && all.includes(id));

        for key in [user, full] {
            let one = ContextInMetrics::keys([format!(" {key} "), String::new()]);
            assert_eq!(shown(&one), ("1 keys".into(), false));
            assert!(one.includes(full), "{key}");
            assert!(!one.includes(id) && !one.includes("gen_ai.association.properties.USER.ID"));
        }
        let two = ContextInMetrics::parse("all,gen_ai.conversation.id");
        assert_eq!(shown(&two), ("2 keys".into(), false));
        assert!(two.includes(id) && !two.includes(full));
    }
}
