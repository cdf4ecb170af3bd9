//! URLs without what is secret in them: texts and addresses go in as people write them, with a scheme or without; they come out
//! without user info, query and fragment.
//!
//! A key is part of a URL in two places: before the host (`https://user:key@host`) and in the query (`?key=..`). Clients repeat
//! the URL in the texts of their errors, and applications give it as the address of a server. Where a text can be read in two
//! ways, the one that leaves less is taken.

use std::borrow::Cow;
use std::ops::Range;

/// What a URL is without user info, path, query and fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// The host, without the brackets of an IPv6 address; never empty.
    pub(crate) host: &'a str,
    /// The port that is written, or the scheme's own.
    pub(crate) port: Option<i64>,
}

/// Whether `text` may be more than a bare host.
#[inline]
pub(crate) fn is_url(text: &str) -> bool {
    text.bytes()
        .any(|byte| matches!(byte, b'/' | b'@' | b'?' | b'#'))
}

/// Host and port of a URL, with a scheme or without; `None` for a bare address, and for a path.
pub(crate) fn address(text: &str) -> Option<Address<'_>> {
    if !is_url(text) {
        return None;
    }
    let url = Url::of(text);
    let (host, port) = split_port(url.authority(true).1);
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let default = match url.scheme {
        Scheme::Web { port } => Some(port),
        _ => None,
    };
    let port = port.and_then(|port| port.parse().ok()).or(default);
    (!host.is_empty()).then_some(Address { host, port })
}

/// `text` with user info, query and fragment of every URL in it left out.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    if !is_url(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    // How much of `text` is dealt with.
    let mut done = 0;
    let mut from = 0;
    while let Some(word) = next_word(text, from) {
        from = word.end;
        let mut at = word.start;
        while at < word.end {
            let url = Url::of(text.get(at..word.end).unwrap_or_default());
            let (user_info, authority) = url.authority(false);
            let start = at + url.start;
            if user_info > 0 {
                out.push_str(text.get(done..start).unwrap_or_default());
                done = start + user_info;
            }
            let rest = start + user_info + authority.len();
            let next = next_scheme(text.get(rest..word.end).unwrap_or_default());
            let end = next.map_or(word.end, |next| rest + next);
            let tail = text.get(rest..end).unwrap_or_default();
            if let Some(query) = url.query(tail) {
                // A query may hold further URLs; it ends where the word does, but for the punctuation of the sentence.
                out.push_str(text.get(done..rest + query).unwrap_or_default());
                let whole = text.get(..word.end).unwrap_or_default();
                done = whole.trim_end_matches(PUNCTUATION).len();
                break;
            }
            at = end;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

const PUNCTUATION: [char; 8] = [')', ']', '}', ',', '.', ';', ':', '\''];

/// The next run of characters that a URL may consist of, at or after `from`.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`');
    let rest = text.get(from..)?;
    let start = from + rest.find(|c| !ends(c))?;
    let length = text.get(start..)?.find(ends);
    Some(start..length.map_or(text.len(), |length| start + length))
}

/// Where the next `scheme://` begins.
fn next_scheme(text: &str) -> Option<usize> {
    let colon = text.find("://")?;
    Some(colon - scheme_length(text.get(..colon)?))
}

/// The length of the scheme that `text` ends in.
fn scheme_length(text: &str) -> usize {
    text.bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        .count()
}

/// How a URL begins.
#[derive(Clone, Copy)]
enum Scheme {
    /// `http`, `https`, `ws`, `wss`: with any number of slashes, since people write all of them. With the default port.
    Web { port: i64 },
    /// Another one with two slashes, or none but the slashes.
    Other,
    /// Neither: `host/path`, `user:key@host`.
    Bare,
    /// A path, which has no host.
    Path,
}

struct Url<'a> {
    scheme: Scheme,
    /// Where the authority starts.
    start: usize,
    text: &'a str,
}

impl<'a> Url<'a> {
    /// The first URL of a text without spaces. Something may stand right before it: `(https://..`, `url=https://..`.
    fn of(text: &'a str) -> Self {
        let bare = Url {
            scheme: Scheme::Bare,
            start: 0,
            text,
        };
        let Some(slash) = text.find('/') else {
            return bare;
        };
        let (before, after) = text.split_at_checked(slash).unwrap_or_default();
        let slashes = after.len() - after.trim_start_matches('/').len();
        let scheme = match before.strip_suffix(':') {
            Some(name) => {
                let name = name
                    .get(name.len() - scheme_length(name)..)
                    .unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "https" | "wss" => Scheme::Web { port: 443 },
                    "http" | "ws" => Scheme::Web { port: 80 },
                    "" => return bare,
                    _ if slashes == 2 => Scheme::Other,
                    _ => Scheme::Path,
                }
            }
            None if slash == 0 && slashes == 2 => Scheme::Other,
            None if slash == 0 => Scheme::Path,
            None => return bare,
        };
        Url {
            scheme,
            start: slash + slashes,
            text,
        }
    }

    /// The length of the user info, its `@` included, and host with port.
    ///
    /// An `@` may stand in a password, and so may a slash that should have been escaped. It may also stand in a path
    /// (`/models/claude@20240229`); then what is before the path looks like a host.
    fn authority(&self, is_address: bool) -> (usize, &'a str) {
        let text = self.text.get(self.start..).unwrap_or_default();
        let mut from = 0;
        let host = loop {
            let rest = text.get(from..).unwrap_or_default();
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (whole, later) = rest.split_at_checked(end).unwrap_or_default();
            let user_info = whole.rfind('@').map_or(0, |at| at + 1);
            let host = whole.get(user_info..).unwrap_or_default();
            match later.find('@') {
                Some(at) if !looks_like_host(host) => from += end + at + 1,
                _ => {
                    from += user_info;
                    break host;
                }
            }
        };
        let has_colon = text.get(..from).is_some_and(|user| user.contains(':'));
        match self.scheme {
            Scheme::Web { .. } => (from, host),
            Scheme::Other if has_colon || from == 0 => (from, host),
            Scheme::Other => (0, text.split('/').next().unwrap_or_default()),
            // In a text `name@host` is a mailbox, `name:password@host` is not.
            Scheme::Bare if has_colon || is_address => (from, host),
            Scheme::Bare => (0, text.split(['/', '?', '#']).next().unwrap_or_default()),
            Scheme::Path if has_colon => (from, host),
            Scheme::Path => (0, ""),
        }
    }

    /// Where in `tail`, which follows the authority, query or fragment begin.
    fn query(&self, tail: &str) -> Option<usize> {
        let is_name = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '%' | '$')
        };
        tail.match_indices(['?', '#']).map(|(at, _)| at).find(|at| {
            let after = tail.get(at + 1..).unwrap_or_default();
            let name = after.find(|c| !is_name(c)).unwrap_or(after.len());
            let is_pair = name > 0 && after.get(name..).is_some_and(|rest| rest.starts_with('='));
            match self.scheme {
                // A question mark may also end a sentence.
                Scheme::Bare if !self.text.contains('/') => is_pair,
                Scheme::Bare | Scheme::Path => is_pair || name > 0,
                Scheme::Web { .. } | Scheme::Other => {
                    !after.trim_end_matches(PUNCTUATION).is_empty()
                }
            }
        })
    }
}

/// Whether `text` is an authority: a name with a dot, `localhost`, an IPv6 address, or anything with a port.
fn looks_like_host(text: &str) -> bool {
    let (host, port) = split_port(text);
    match port {
        Some(port) => !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()),
        None => host.is_empty() || host.contains(['.', ']']) || host == "localhost",
    }
}

/// Host and port as they are written.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // The colon of a port follows the bracket of an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host_and_port(text: &str) -> Option<(&str, Option<i64>)> {
        address(text).map(|address| (address.host, address.port))
    }

    #[test]
    fn an_address_is_host_and_port_however_it_is_written() {
        for (text, host, port) in [
            ("https://api.openai.com/v1", "api.openai.com", Some(443)),
            ("HTTPS://api.openai.com", "api.openai.com", Some(443)),
            (
                "http://user:pw@localhost:8080/?key=1",
                "localhost",
                Some(8080),
            ),
            ("http://[::1]:9/x", "::1", Some(9)),
            ("http://[::1]", "::1", Some(80)),
            ("grpc://host.example:50051", "host.example", Some(50051)),
            ("user:S3CR3T@host.example", "host.example", None),
            ("S3CR3T@host.example:443", "host.example", Some(443)),
            ("host.example/v1?key=S3CR3T", "host.example", None),
            ("host.example?key=S3CR3T", "host.example", None),
            ("localhost:8080/v1", "localhost", Some(8080)),
            ("//user:S3CR3T@host.example/v1", "host.example", None),
            ("//host.example/v1", "host.example", None),
            ("/user:S3CR3T@host.example/v1", "host.example", None),
            ("http://host.example:x/v1", "host.example", Some(80)),
            ("https:/user:S3CR3T@host.example", "host.example", Some(443)),
            (
                "https:///user:S3CR3T@host.example",
                "host.example",
                Some(443),
            ),
            // A slash, a question mark, an `@` in the password.
            ("https://S3/CR3T@host", "host", Some(443)),
            (
                "https://user:S3/CR3T@host.example/v1",
                "host.example",
                Some(443),
            ),
            (
                "https://user:S3?CR3T@host.example/v1",
                "host.example",
                Some(443),
            ),
            (
                "https://user:S3#CR3T@host.example/v1",
                "host.example",
                Some(443),
            ),
            (
                "https://user:S3@CR3T@host.example/v1",
                "host.example",
                Some(443),
            ),
            ("user:S3/CR3T@host.example", "host.example", None),
            // An `@` that is no one's password.
            (
                "https://us-east5-aiplatform.googleapis.com/v1/models/claude-3@20240229:rawPredict",
                "us-east5-aiplatform.googleapis.com",
                Some(443),
            ),
            ("https://medium.com/@user", "medium.com", Some(443)),
            ("http://proxy:4000/v1/models/a@b", "proxy", Some(4000)),
        ] {
            assert_eq!(host_and_port(text), Some((host, port)), "{text}");
        }
        for text in [
            "api.openai.com",
            "localhost:8080",
            "::1",
            "",
            "/run/model.sock",
            "unix:/run/model.sock",
            "unix:///run/model.sock",
            "https://",
            "://host.example/v1",
        ] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }

    #[test]
    fn texts_lose_credentials_and_queries_of_urls_and_nothing_else() {
        for (text, expected) in [
            (
                "error sending request for url (https://user:pw@host.example/v1/models/gemini:generateContent?key=AIzaS3CR3T)",
                "error sending request for url (https://host.example/v1/models/gemini:generateContent)",
            ),
            (
                "GET https://h.example/x?a=1&key=S3CR3T, then",
                "GET https://h.example/x, then",
            ),
            ("'https://h.example/x?S3CR3T'", "'https://h.example/x'"),
            (
                "\"https://h.example/#access_token=S3CR3T\"",
                "\"https://h.example/\"",
            ),
            ("url=http://key@h.example:1/", "url=http://h.example:1/"),
            ("user:S3CR3T@host.example is down", "host.example is down"),
            ("POST /v1/x:y?key=S3CR3T: 403", "POST /v1/x:y: 403"),
            ("h.example/v1?key=S3CR3T", "h.example/v1"),
            ("h.example?key=S3CR3T", "h.example"),
            ("h.example/v1?S3CR3T", "h.example/v1"),
            ("/v1?S3CR3T", "/v1"),
            ("/user:S3CR3T@h.example/x", "/h.example/x"),
            ("https://h.example?S3CR3T end", "https://h.example end"),
            ("https:/user:S3CR3T@h.example", "https:/h.example"),
            ("//user:S3CR3T@h.example/v1", "//h.example/v1"),
            ("https://S3/CR3T@host", "https://host"),
            ("https://user:S3?CR3T@h.example/v1", "https://h.example/v1"),
            ("postgres://u:S3/CR3T@db/x", "postgres://db/x"),
            // Several in one word, and one inside the query of another.
            (
                "https://a.example/x,https://u:S3CR3T@b.example/y",
                "https://a.example/x,https://b.example/y",
            ),
            (
                "https://a.example/?to=https://u:S3CR3T@b/&key=S3CR3T end",
                "https://a.example/ end",
            ),
            (
                "{\"url\":\"https://h/x?key=S3CR3T\",\"m\":\"quota\"}",
                "{\"url\":\"https://h/x\",\"m\":\"quota\"}",
            ),
            (
                "äöü https://ü:S3CR3T@h.example/ä?ü=S3CR3T ß",
                "äöü https://h.example/ä ß",
            ),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
        for same in [
            "",
            "no such model",
            "is it so? yes: 3/4 and/or 1/2",
            "why?! because #5",
            "why?because",
            "h.example?=x",
            "see h.example/docs? or /docs# or h.example/?",
            "mail alice@h.example/x",
            "models/a@b/c",
            "mail alice@example.com",
            "core::num::ParseIntError at src/main.rs:3",
            "https://h.example/v1/models/claude@20240229:rawPredict failed",
            "projects/p/models/claude@20240229",
            "file:///home/a@b/c",
            "s3://bucket/a@b",
            "see https://h.example/docs.",
            "https://h.example/docs?",
        ] {
            assert!(
                matches!(without_secrets(same), Cow::Borrowed(text) if text == same),
                "{same}"
            );
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_only_shortened() {
        const PIECES: [&str; 16] = [
            "https://",
            "http:/",
            "//",
            "/",
            "@",
            "?",
            "#",
            ":",
            "key=",
            "host.example",
            "u",
            "é",
            " ",
            "\"",
            "[::1]",
            ")",
        ];
        let mut state = 7_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                text.push_str(PIECES[(state >> 60) as usize]);
            }
            let out = without_secrets(&text);
            assert!(out.len() <= text.len());
            let mut rest = text.chars();
            assert!(out.chars().all(|c| rest.any(|r| r == c)), "{text} -> {out}");
            let _ = address(&text);
        }
    }
}
