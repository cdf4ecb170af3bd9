//! The entries of `#[genai::evaluation]`: who is judged, by which name, and what the result says.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Lit, Path, Signature};

use super::keys::once;
use super::pattern::irrefutable;
use super::scope::Scope;
use super::{bare, moved, named, options, own, response, types, word};
use crate::args::{self, Form, Key, Raw};
use crate::diag::{At, Diag, nearest, text};
use crate::ir::{Evaluation, Judged, Returns, Verdict};
use crate::registry::{self, OPERATIONS};

/// What may stand there.
pub(crate) const WORDS: [&str; 12] = [
    "name",
    "of",
    "result",
    "error",
    "human",
    "llm",
    "code",
    "identifier",
    "attributes",
    "capture",
    "returns",
    "crate",
];

/// What `result(..)` takes.
pub(crate) const RESULT: [&str; 3] = ["score", "label", "explanation"];

const EXAMPLE: &str = "result(|r| score = ..)";

/// The keys of the conventions for these words.
const KEYS: [(&str, &str); 4] = [
    ("name", "gen_ai.evaluation.name"),
    ("score", "gen_ai.evaluation.score.value"),
    ("label", "gen_ai.evaluation.score.label"),
    ("explanation", "gen_ai.evaluation.explanation"),
];

/// The word for a key, be it written short or in full.
fn short(key: &str) -> &str {
    let full = KEYS.iter().find(|(_, full)| *full == key);
    full.map_or(key, |(short, _)| *short)
}

/// Checks the entries; `sig` is missing if the item is no function. The path is `crate = ..`.
pub(crate) fn evaluation(
    raw: Vec<Raw>,
    sig: Option<&Signature>,
    diag: &mut Diag,
) -> (Option<Evaluation>, Option<Path>) {
    let scope = Scope::of(sig);
    let mut found = Found::default();
    let mut seen = Vec::new();
    let mut is_meant = false;
    for mut raw in raw {
        // What was meant by it is said there.
        is_meant |= raw.key.text == "response";
        if raw.key.literal {
            diag.error(raw.key.at, "quoted keys go into `attributes(..)`");
            continue;
        }
        raw.key.text = short(&raw.key.text).to_owned();
        if !WORDS.contains(&raw.key.text.as_str()) {
            diag.error(raw.key.at, why_not(&raw.key.text));
        } else if once(&mut seen, &raw.key, diag) {
            found.entry(raw, &scope, diag);
        }
    }
    let has = |word: &str| seen.iter().any(|seen| seen == word);
    if !has("of") {
        diag.error(
            Span::call_site(),
            "`evaluation` needs the call that is judged; add `of = seen`, with a `genai::SpanRef`",
        );
    }
    if !has("result") && !is_meant {
        diag.error(
            Span::call_site(),
            format!("`evaluation` needs what the result says; add `{EXAMPLE}`"),
        );
    }
    let name = found.name.or_else(|| sig.map(own::name_of));
    let evaluation = || {
        let (pattern, judged) = found.result?;
        Some(Evaluation {
            name: name?,
            of: found.of?,
            pattern,
            judged,
            error: found.error,
            switches: found.switches,
            llm: found.llm,
            identifier: found.identifier,
            attributes: found.attributes,
            returns: found.returns,
        })
    };
    (evaluation(), found.krate)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    name: Option<Expr>,
    of: Option<Expr>,
    result: Option<(syn::Pat, Vec<Judged>)>,
    error: Option<(syn::Pat, Expr)>,
    switches: Vec<&'static str>,
    llm: Option<Expr>,
    identifier: Option<Expr>,
    attributes: Vec<crate::ir::Named>,
    returns: Option<Returns>,
    krate: Option<Path>,
}

impl Found {
    fn entry(&mut self, raw: Raw, scope: &Scope, diag: &mut Diag) {
        let word = raw.key.text.clone();
        match word.as_str() {
            "name" => self.name = name(raw, scope, diag),
            "of" => self.of = plain(raw, "of = seen", diag),
            "result" => self.result = result(raw, scope, diag),
            "error" => self.error = response::error(raw, scope, diag),
            "human" => self.judge_alone("human", &raw, diag),
            "code" => self.judge_alone("code", &raw, diag),
            "llm" => {
                self.judge(&raw.key, diag);
                self.llm = string(raw, "llm = \"judge-v2\"", diag);
            }
            "identifier" => self.identifier = string(raw, "identifier = ..", diag),
            "attributes" => match raw.form {
                Form::List(tokens, end) => {
                    self.attributes = named::named(&word, tokens, end, None, diag);
                }
                Form::Wrong => {}
                _ => diag.error(raw.key.at, text::syntax(&word, "attributes(a.b = ..)")),
            },
            "capture" => {
                let is_none = options::capture(raw, diag);
                self.switches.extend(is_none.then_some("without_content"));
            }
            "returns" => {
                let at = raw.key.at;
                self.returns = options::returns(raw, diag);
                if self.returns == Some(Returns::Stream) {
                    diag.error(
                        at,
                        "what is judged is known when a value is there, not with a stream; return the verdict",
                    );
                }
            }
            _ => self.krate = options::krate(raw, diag),
        }
    }

    /// A judge of whom nothing else is said.
    fn judge_alone(&mut self, switch: &'static str, raw: &Raw, diag: &mut Diag) {
        self.judge(&raw.key, diag);
        self.switches
            .extend(options::flag(raw, diag).then_some(switch));
    }

    /// One judge is enough.
    fn judge(&self, key: &Key, diag: &mut Diag) {
        let is_judged = self.llm.is_some() || self.switches.iter().any(|s| *s != "without_content");
        if is_judged {
            diag.error(
                key.at,
                "who judged is already given by another of `human`, `llm` and `code`; remove one",
            );
        }
    }
}

/// A value of any type.
fn plain(raw: Raw, example: &str, diag: &mut Diag) -> Option<Expr> {
    let expr = options::value(raw, example, diag)?;
    types::control_flow(&expr, diag)?;
    Some(expr)
}

/// A value that is a text: no other literal may stand there.
fn string(raw: Raw, example: &str, diag: &mut Diag) -> Option<Expr> {
    let key = raw.key.text.clone();
    let expr = plain(raw, example, diag)?;
    if let Expr::Lit(literal) = bare(&expr) {
        if !matches!(literal.lit, Lit::Str(_)) {
            diag.error(At::all(&expr), format!("`{key}` expects a string"));
            return None;
        }
    }
    Some(expr)
}

/// `name = relevance`, where that is no argument, or `name = "relevance"`, or any other text.
fn name(raw: Raw, scope: &Scope, diag: &mut Diag) -> Option<Expr> {
    let expr = value("name", options::value(raw, "name = relevance", diag)?, diag)?;
    if let Expr::Lit(literal) = bare(&expr) {
        if matches!(&literal.lit, Lit::Str(name) if name.value().is_empty()) {
            diag.error(
                At::first(&expr),
                "an evaluation needs a name; remove `name` to name it after the function",
            );
            return None;
        }
    }
    let is_word = |word: &String| {
        let is_lower = word.chars().all(|c| !c.is_uppercase());
        is_lower && !scope.open && !scope.binds(word) && word != "self"
    };
    if let Some(word) = word(&expr).filter(is_word) {
        return Some(syn::parse_quote_spanned!(At::first(&expr).start=> #word));
    }
    Some(expr)
}

/// A value of a key of the conventions. A score may also be a boolean.
fn value(word: &str, expr: Expr, diag: &mut Diag) -> Option<Expr> {
    let (_, full) = KEYS.iter().find(|(short, _)| *short == word)?;
    let (_, attribute) = registry::find(full)?;
    if word == "score" && types::is_boolean(&expr) {
        types::control_flow(&expr, diag)?;
    } else {
        types::value(attribute, expr.clone(), diag)?;
    }
    Some(expr)
}

/// Reads what follows the word `result`.
fn result(raw: Raw, scope: &Scope, diag: &mut Diag) -> Option<(syn::Pat, Vec<Judged>)> {
    match raw.form {
        Form::List(tokens, end) => entries(tokens, end, scope, diag),
        Form::Wrong => None,
        _ => {
            diag.error(raw.key.at, text::syntax("result", EXAMPLE));
            None
        }
    }
}

fn entries(
    tokens: TokenStream,
    end: Span,
    scope: &Scope,
    diag: &mut Diag,
) -> Option<(syn::Pat, Vec<Judged>)> {
    let lambda = args::lambda("result", EXAMPLE, tokens, end, diag)?;
    irrefutable(&lambda.pat, diag);
    let scope = scope.with(&lambda.pat);
    let (mut seen, mut judged) = (Vec::new(), Vec::new());
    for mut raw in lambda.entries {
        raw.key.text = short(&raw.key.text).to_owned();
        let word = raw.key.text.clone();
        let verdict = match word.as_str() {
            _ if raw.key.literal => None,
            "score" => Some(Verdict::Score),
            "label" => Some(Verdict::Label),
            "explanation" => Some(Verdict::Explanation),
            _ => None,
        };
        let Some(verdict) = verdict else {
            diag.error(raw.key.at, why_not_in_result(&word));
            continue;
        };
        if !once(&mut seen, &raw.key, diag) {
            continue;
        }
        let Form::Value(expr) = raw.form else {
            if !matches!(raw.form, Form::Wrong) {
                diag.error(raw.key.at, format!("`{word}` needs a value: `{word} = ..`"));
            }
            continue;
        };
        moved::check(&expr, &scope, diag);
        if let Some(value) = value(&word, *expr, diag) {
            judged.push(Judged { verdict, value });
        }
    }
    if !seen.iter().any(|seen| seen == "score" || seen == "label") {
        diag.error(
            end,
            "neither a score nor a label: an evaluation needs one of them; add `score = ..` or `label = ..`",
        );
    }
    Some((lambda.pat, judged))
}

/// What is wrong with a word among the entries.
fn why_not(key: &str) -> String {
    if RESULT.contains(&key) {
        return format!(
            "`{key}` is known only after the call; move it into `result(|r| {key} = ..)`"
        );
    }
    if key == "response" {
        return format!("`response` is for operations; what a judge says is written `{EXAMPLE}`");
    }
    if super::options::WORDS.contains(&key) {
        return format!(
            "`{key}` is for operations; an evaluation has {}",
            text::choices(&WORDS)
        );
    }
    other(key).unwrap_or_else(|| text::unknown_key(key, nearest(key, WORDS), "evaluation"))
}

/// What is wrong with a word in `result(..)`.
fn why_not_in_result(key: &str) -> String {
    if WORDS.contains(&key) {
        return format!(
            "`{key}` is known before the call; move it out of `result(..)`, among the entries"
        );
    }
    other(key).unwrap_or_else(|| match nearest(key, RESULT) {
        Some(meant) => format!("unknown key `{key}` in `result(..)`; did you mean `{meant}`?"),
        None => format!(
            "unknown key `{key}` in `result(..)`; it takes {}",
            text::choices(&RESULT)
        ),
    })
}

/// A key that belongs to operations.
fn other(key: &str) -> Option<String> {
    let owners = OPERATIONS
        .iter()
        .filter(|o| o.uses.iter().any(|u| u.is(key)));
    let owners: Vec<&str> = owners.map(|o| o.name).collect();
    (!owners.is_empty()).then(|| text::other_operation(key, &owners, "evaluation"))
}
