//! Rules of redaction that are ready: a text goes in, and comes out with a tag such as `[email]` in place of what a rule finds.
//!
//! Use them as the redactor of a [`Telemetry`](crate::Telemetry), alone or beside code of your own:
//!
//! ```
//! use genai::Telemetry;
//! use genai::redact::{Content, Rule, Rules};
//!
//! let rules = Rules::standard()
//!     .without(Rule::Phone)
//!     .pattern("employee", r"\bE-[0-9]{6}\b")?
//!     // What a retrieval found is public here, but for keys.
//!     .instead_in(Content::Documents, Rules::new().with(Rule::ApiKey));
//! assert_eq!(rules.text("Ask E-123456, or alice@example.com"), "Ask [employee], or [email]");
//!
//! Telemetry::builder().redactor(rules.redactor()).install();
//! # Ok::<(), genai::redact::PatternError>(())
//! ```
//!
//! What stands in the form of a card number, an IBAN or a JWT is replaced where its check digits or its header are right; an
//! API key where it has the prefix of a known provider, or stands after a word such as `api_key`. The time is linear in the
//! length of the text. [The page about content](https://github.com/genai-rs/genai/blob/main/docs/content.md#redaction) says
//! what was measured.

mod found;
mod numbers;
mod secrets;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use self::found::Found;
use crate::content::redact::{Leaf, Redact};

/// A rule that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// E-mail addresses: `[email]`. Not remotes of git (`git@host:path`), and not names of files (`logo@2x.png`).
    Email,
    /// Phone numbers: `[phone]`. International ones (`+49 30 901820`), those of North America and national ones with a leading zero
    /// where they are grouped, and any after a word such as `phone`.
    Phone,
    /// Payment cards: `[card]`. The prefix and length of an issuer, and the check digit.
    Card,
    /// International bank account numbers: `[iban]`. The length of the country, and the check digits.
    Iban,
    /// API keys and tokens: `[api_key]`. Those with the prefix of a provider (OpenAI, Anthropic, Google, AWS, GitHub, Slack, Stripe,
    /// Hugging Face and others), and values after a word such as `api_key` or `client_secret`.
    ApiKey,
    /// JSON Web Tokens: `[jwt]`. The header must name an algorithm.
    Jwt,
    /// Private keys in PEM form, the lines around them included, also where the end is missing: `[private_key]`.
    PrivateKey,
    /// The credentials of `Authorization` headers: `[bearer]`, after the word `Bearer` or `Basic`, which stays.
    Bearer,
}

impl Rule {
    /// Every rule, in the order of precedence: where two find the same text, the tag is that of the first.
    const ALL: [Self; 8] = [
        Self::PrivateKey,
        Self::Bearer,
        Self::Jwt,
        Self::ApiKey,
        Self::Email,
        Self::Iban,
        Self::Card,
        Self::Phone,
    ];

    /// What stands in place of what was found.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Card => "[card]",
            Self::Iban => "[iban]",
            Self::ApiKey => "[api_key]",
            Self::Jwt => "[jwt]",
            Self::PrivateKey => "[private_key]",
            Self::Bearer => "[bearer]",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }

    fn find<'a>(self, text: &str, found: &mut Found<'a>) {
        let mut add = |start, end| found.add(start, end, self.tag());
        match self {
            Self::Email => secrets::emails(text, &mut add),
            Self::Phone => numbers::phones(text, &mut add),
            Self::Card => numbers::cards(text, &mut add),
            Self::Iban => numbers::ibans(text, &mut add),
            Self::ApiKey => secrets::api_keys(text, &mut add),
            Self::Jwt => secrets::tokens(text, &mut add),
            Self::PrivateKey => secrets::private_keys(text, &mut add),
            Self::Bearer => secrets::credentials(text, &mut add),
        }
    }
}

/// A kind of content, for rules of its own.
///
/// ```
/// use genai::redact::{Content, Rule, Rules};
///
/// let rules = Rules::standard().instead_in(Content::Documents, Rules::new().with(Rule::ApiKey));
/// # let _ = rules;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// Messages sent to the model, system instructions, stop sequences, and descriptions of agents.
    Inputs,
    /// Messages the model answered with.
    Outputs,
    /// Definitions and descriptions of tools, the arguments of a tool that was run, and its result.
    Tools,
    /// Queries and documents of retrievals.
    Documents,
    /// Texts of errors.
    Errors,
    /// Explanations of evaluations, and comments of feedback.
    Evaluations,
}

impl Content {
    const COUNT: usize = 6;

    fn of(piece: &Redact<'_>) -> Self {
        match piece {
            Redact::Input(_) | Redact::System(_) => Self::Inputs,
            Redact::Output(_) => Self::Outputs,
            Redact::Tool(_) | Redact::Arguments(_) | Redact::Result(_) => Self::Tools,
            Redact::Query(_) | Redact::Document(_) => Self::Documents,
            Redact::ErrorText(_) => Self::Errors,
            Redact::Explanation(_) => Self::Evaluations,
            Redact::Attribute { key, .. } if key.starts_with("gen_ai.tool.") => Self::Tools,
            Redact::Attribute { .. } => Self::Inputs,
        }
    }
}

/// A pattern of the user's.
#[derive(Clone)]
struct Own {
    tag: Arc<str>,
    regex: Regex,
    /// Whether only its group `secret` is replaced.
    has_group: bool,
}

impl Own {
    fn find<'a>(&'a self, text: &str, found: &mut Found<'a>) {
        let mut add = |start: usize, end: usize| {
            if start < end {
                found.add(start, end, &self.tag);
            }
        };
        if self.has_group {
            for captures in self.regex.captures_iter(text) {
                if let Some(secret) = captures.name(GROUP) {
                    add(secret.start(), secret.end());
                }
            }
        } else {
            for all in self.regex.find_iter(text) {
                add(all.start(), all.end());
            }
        }
    }
}

/// The group of a pattern that is replaced alone.
const GROUP: &str = "secret";

#[derive(Clone, Default)]
struct Set {
    rules: u16,
    own: Vec<Own>,
}

impl Set {
    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = Found::default();
        for own in &self.own {
            own.find(text, &mut found);
        }
        for rule in Rule::ALL {
            if self.rules & rule.bit() != 0 {
                rule.find(text, &mut found);
            }
        }
        found.replaced(text)
    }
}

/// Which rules hold for which kind of content. See the [module](self).
///
/// ```
/// use genai::redact::Rules;
///
/// assert_eq!(Rules::standard().text("Ask alice@example.com"), "Ask [email]");
/// ```
#[derive(Clone, Default)]
#[must_use = "rules do nothing until they are a redactor"]
pub struct Rules {
    all: Set,
    /// By kind of content, where that has rules of its own.
    instead: [Option<Box<Set>>; Content::COUNT],
}

impl Rules {
    /// No rule yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every [`Rule`], for every kind of content.
    pub fn standard() -> Self {
        Rule::ALL.into_iter().fold(Self::new(), Self::with)
    }

    /// Adds a rule.
    pub fn with(mut self, rule: Rule) -> Self {
        // Patterns are compiled now, and not in the first call.
        rule.find("", &mut Found::default());
        self.all.rules |= rule.bit();
        self
    }

    /// Leaves a rule out.
    pub fn without(mut self, rule: Rule) -> Self {
        self.all.rules &= !rule.bit();
        self
    }

    /// Adds a pattern of your own, in the syntax of the crate `regex`; what it finds becomes `[name]`. Of a pattern with a group called
    /// `secret` only that group is replaced. Where it finds what a [`Rule`] finds too, its tag is taken.
    ///
    /// A search is linear in the length of the text. A pattern that must read far ahead to decide on a short match, such as
    /// `a.*b|a`, may be quadratic over many matches.
    ///
    /// ```
    /// use genai::redact::Rules;
    ///
    /// let rules = Rules::new().pattern("ticket", r"(?i)ticket (?<secret>[0-9]+)")?;
    /// assert_eq!(rules.text("About ticket 4711."), "About ticket [ticket].");
    /// # Ok::<(), genai::redact::PatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A pattern that does not compile or is too large, and a name that has something else than ASCII letters, digits, `_` and `-`.
    pub fn pattern(mut self, name: &str, pattern: &str) -> Result<Self, PatternError> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(PatternError(Fault::Name(name.to_owned())));
        }
        let regex = Regex::new(pattern).map_err(|e| PatternError(Fault::Pattern(Box::new(e))))?;
        self.all.own.push(Own {
            tag: format!("[{name}]").into(),
            has_group: regex.capture_names().any(|group| group == Some(GROUP)),
            regex,
        });
        Ok(self)
    }

    /// For this kind of content, `rules` hold instead: those that `rules` have for all kinds.
    pub fn instead_in(mut self, content: Content, rules: Rules) -> Self {
        if let Some(place) = self.instead.get_mut(content as usize) {
            *place = Some(Box::new(rules.all));
        }
        self
    }

    /// A text as the rules for all kinds of content leave it; borrowed where they find nothing.
    ///
    /// ```
    /// use genai::redact::Rules;
    ///
    /// let text = "Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, order 4111 1111 1111 1112";
    /// assert_eq!(Rules::standard().text(text), "Card [card], IBAN [iban], order 4111 1111 1111 1112");
    /// ```
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.all.text(text)
    }

    /// Changes a piece of content in place: the strings of [`Redact::each_text`], and numbers in JSON, which become a tag as a whole.
    pub fn apply(&self, piece: &mut Redact<'_>) {
        let content = Content::of(piece);
        let instead = self.instead.get(content as usize).and_then(Option::as_ref);
        let set = instead.map_or(&self.all, |set| &**set);
        piece.each_leaf(&mut |leaf| match leaf {
            Leaf::Text(text) => {
                if let Cow::Owned(changed) = set.text(text) {
                    *text = changed;
                }
            }
            Leaf::Number(value) => {
                let text = value.to_string();
                if let Cow::Owned(changed) = set.text(&text) {
                    *value = Value::String(changed);
                }
            }
        });
    }

    /// The redactor for [`TelemetryBuilder::redactor`](crate::TelemetryBuilder::redactor).
    pub fn redactor(self) -> impl Fn(&mut Redact<'_>) + Send + Sync + 'static {
        move |piece| self.apply(piece)
    }
}

/// Shows the rules and the names of patterns, not the patterns.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = Rule::ALL
            .iter()
            .filter(|rule| self.all.rules & rule.bit() != 0)
            .map(|rule| rule.tag());
        let own = self.all.own.iter().map(|own| &*own.tag);
        f.debug_list().entries(own.chain(rules)).finish()
    }
}

/// Why a pattern cannot be used.
///
/// ```
/// use genai::redact::Rules;
///
/// let error = Rules::new().pattern("employee", "(").unwrap_err();
/// assert_eq!(error.to_string(), "the pattern cannot be used");
/// ```
#[derive(Debug)]
pub struct PatternError(Fault);

#[derive(Debug)]
enum Fault {
    Name(String),
    Pattern(Box<regex::Error>),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Name(name) => write!(
                f,
                "a pattern's name has ASCII letters, digits, `_` and `-` only, unlike {name:?}"
            ),
            Fault::Pattern(_) => f.write_str("the pattern cannot be used"),
        }
    }
}

impl std::error::Error for PatternError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Fault::Name(_) => None,
            Fault::Pattern(error) => Some(&**error),
        }
    }
}

#[cfg(test)]
mod tests;
