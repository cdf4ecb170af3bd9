//! What has a form of its own: a text goes in; the ranges of its e-mail addresses, keys, tokens and credentials come out.
//!
//! The patterns are fixed and run by an automaton, so that no text takes more than linear time. What a pattern cannot say (a header in
//! base64, whether a value looks random) is looked at afterwards, within the match.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

/// Takes a range that is to be replaced.
pub(super) type Add<'a> = &'a mut dyn FnMut(usize, usize);

/// A fixed pattern; a test compiles each.
type Pattern = LazyLock<Option<Regex>>;

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static EMAIL: Pattern = LazyLock::new(|| {
    // Latin, Greek and Cyrillic letters; an address stands directly beside the words of scripts without spaces.
    const LETTER: &str = r"A-Za-z\u{C0}-\u{24F}\u{370}-\u{52F}";
    compiled(&format!(
        r"[{LETTER}0-9_%+'.\-]+@(?:[{LETTER}0-9\-]+\.)+[{LETTER}]{{2,24}}"
    ))
});

/// The prefixes of keys, by provider.
static KEY: Pattern = LazyLock::new(|| {
    compiled(
        r"(?x)
        # OpenAI, Anthropic, OpenRouter, DeepSeek, Mistral's and others' proxies
        sk-[A-Za-z0-9_\-]{20,}
        # Google
        | AIza[A-Za-z0-9_\-]{35} | ya29\.[A-Za-z0-9_\-]{20,} | GOCSPX-[A-Za-z0-9_\-]{20,}
        # Amazon: key ids, and keys of Bedrock
        | (?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16} | ABSK[A-Za-z0-9+/]{80,}={0,2}
        # GitHub, GitLab, npm, PyPI, Docker
        | gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{22,} | glpat-[A-Za-z0-9_\-]{20,}
        | npm_[A-Za-z0-9]{36} | pypi-[A-Za-z0-9_\-]{50,} | dckr_pat_[A-Za-z0-9_\-]{20,}
        # Slack, Stripe, SendGrid, Twilio, DigitalOcean
        | xox[abeoprs]-[A-Za-z0-9\-]{10,} | xapp-[A-Za-z0-9\-]{10,}
        | [sr]k_(?:live|test)_[A-Za-z0-9]{10,} | whsec_[A-Za-z0-9+/=]{20,}
        | SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,} | SK[0-9a-f]{32} | dop_v1_[0-9a-f]{64}
        # Hugging Face, Groq, xAI, Replicate, Perplexity, Cerebras, Fireworks, NVIDIA, Together, Pinecone, Tavily, Databricks
        | hf_[A-Za-z0-9]{30,} | gsk_[A-Za-z0-9]{20,} | xai-[A-Za-z0-9]{20,} | r8_[A-Za-z0-9]{30,}
        | pplx-[A-Za-z0-9]{20,} | csk-[A-Za-z0-9]{20,} | fw_[A-Za-z0-9]{20,} | nvapi-[A-Za-z0-9_\-]{20,}
        | tgp_v1_[A-Za-z0-9_\-]{20,} | pcsk_[A-Za-z0-9_]{20,} | tvly-[A-Za-z0-9_\-]{20,} | dapi[0-9a-f]{32}
        # LangSmith, Langfuse, Logfire
        | lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10} | [sp]k-lf-[0-9a-f\-]{36} | pylf_v1_[a-z]{2}_[A-Za-z0-9]{30,}
        ",
    )
});

/// What stands after the word for a key.
static ASSIGNED: Pattern = LazyLock::new(|| {
    compiled(
        r#"(?ix-u)
        (?: api[_-]?key | subscription[_-]?key | account[_-]?key | secret[_-]?(?:access[_-]?)?key
          | (?:access|auth|refresh|session)[_-]?token | client[_-]?secret )
        ["'\\]{0,3} [\ \t]{0,3} (?: => | [:=] ) [\ \t]{0,3} ["'\\]{0,3}
        ( [A-Za-z0-9._/+~=\-]{16,} )"#,
    )
});

static TOKEN: Pattern =
    LazyLock::new(|| compiled(r"eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){1,4}"));

static PRIVATE_KEY: Pattern = LazyLock::new(|| {
    compiled(
        r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|\z)",
    )
});

static CREDENTIALS: Pattern = LazyLock::new(|| {
    compiled(
        r#"(?ix-u)
        ( authorization ["'\\]{0,3} [\ \t]{0,3} [:=] [\ \t]{0,3} ["'\\]{0,3} )?
        \b (?: (bearer) | basic ) [\ \t]{1,4}
        ( [A-Za-z0-9._~+/\-]{4,} ={0,2} )"#,
    )
});

/// Base64 with or without its padding.
fn base64(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

/// Whether what is at `start` begins there, and does not continue a word.
pub(super) fn begins(text: &str, start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Whether a value looks like one that was drawn, and not like words.
fn is_random(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let has_words = || {
        let run = |text: &str| text.len() < 10;
        value.split(|c: char| !c.is_ascii_alphanumeric()).all(run)
    };
    if has(u8::is_ascii_digit) {
        has(u8::is_ascii_alphabetic) && (is_mixed || !has_words() || is_hex(value))
    } else {
        is_mixed && value.len() >= 32 && !has_words()
    }
}

/// Hexadecimal digits, perhaps in groups.
fn is_hex(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

pub(super) fn emails(text: &str, add: Add<'_>) {
    let Some(pattern) = &*EMAIL else { return };
    for found in pattern.find_iter(text) {
        let trimmed = found
            .as_str()
            .trim_start_matches(['\'', '.', '-', '+', '%']);
        let Some((local, domain)) = trimmed.split_once('@') else {
            continue;
        };
        let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
        let is_file = FILES.iter().any(|file| top.eq_ignore_ascii_case(file));
        if !local.is_empty() && local != "git" && !is_file {
            add(found.end() - trimmed.len(), found.end());
        }
    }
}

/// Names of files end so, and no domains do.
const FILES: [&str; 16] = [
    "png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "ico", "css", "js", "ts", "tsx", "json",
    "html", "pdf", "yaml",
];

pub(super) fn api_keys(text: &str, add: Add<'_>) {
    if let Some(pattern) = &*KEY {
        for found in pattern.find_iter(text) {
            let key = found.as_str();
            // Names of packages begin with `sk-` too.
            let is_key = match key.strip_prefix("sk-") {
                Some(rest) => is_random(rest),
                None => key
                    .bytes()
                    .any(|b| b.is_ascii_digit() || b.is_ascii_uppercase()),
            };
            if is_key && begins(text, found.start()) {
                let trimmed = key.trim_end_matches(['-', '_']);
                add(found.start(), found.start() + trimmed.len());
            }
        }
    }
    if let Some(pattern) = &*ASSIGNED {
        for found in pattern.captures_iter(text) {
            if let Some(value) = found.get(1) {
                if is_random(value.as_str()) {
                    let trimmed = value.as_str().trim_end_matches('.');
                    add(value.start(), value.start() + trimmed.len());
                }
            }
        }
    }
}

pub(super) fn tokens(text: &str, add: Add<'_>) {
    let Some(pattern) = &*TOKEN else { return };
    let engine = base64(&alphabet::URL_SAFE);
    for found in pattern.find_iter(text) {
        let header = found.as_str().split('.').next().unwrap_or_default();
        let header = header.get(..header.len().min(1_024)).unwrap_or_default();
        let names_algorithm = engine
            .decode(header)
            .is_ok_and(|header| header.windows(5).any(|bytes| bytes == br#""alg""#));
        if names_algorithm && begins(text, found.start()) {
            let trimmed = found.as_str().trim_end_matches('.');
            add(found.start(), found.start() + trimmed.len());
        }
    }
}

pub(super) fn private_keys(text: &str, add: Add<'_>) {
    let Some(pattern) = &*PRIVATE_KEY else { return };
    for found in pattern.find_iter(text) {
        add(found.start(), found.end());
    }
}

pub(super) fn credentials(text: &str, add: Add<'_>) {
    let Some(pattern) = &*CREDENTIALS else { return };
    let engine = base64(&alphabet::STANDARD);
    for found in pattern.captures_iter(text) {
        let Some(value) = found.get(3) else { continue };
        let trimmed = value.as_str().trim_end_matches('.');
        let is_credential = if found.get(1).is_some() {
            true
        } else if found.get(2).is_some() {
            trimmed.len() >= 12 && is_random(trimmed)
        } else {
            // A user's name and password.
            engine
                .decode(trimmed)
                .is_ok_and(|pair| pair.contains(&b':') && pair.is_ascii())
        };
        if is_credential {
            add(value.start(), value.start() + trimmed.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &EMAIL,
            &KEY,
            &ASSIGNED,
            &TOKEN,
            &PRIVATE_KEY,
            &CREDENTIALS,
            &super::super::numbers::NAMED,
        ] {
            assert!(pattern.is_some());
        }
    }
}
