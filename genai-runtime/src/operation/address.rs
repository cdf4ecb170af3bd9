//! The address of a server: a URL gives host and port, anything else is what it is.

pub(super) fn has_slash(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'/')
}

/// Host and port of a URL, the scheme's default port included; `None` if it is none.
pub(super) fn split_url(text: &str) -> Option<(&str, Option<i64>)> {
    // Most are no URL, and the search for a text is a costly way to see that.
    if !has_slash(text) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let default = match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        _ => None,
    };
    // The colon of a port follows the bracket of an IPv6 address.
    let (address, port) = match host.rfind(':') {
        Some(at) if host.get(at..).is_some_and(|p| !p.contains(']')) => (
            host.get(..at).unwrap_or_default(),
            host.get(at + 1..).and_then(|p| p.parse().ok()),
        ),
        _ => (host, None),
    };
    let address = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address);
    Some((address, port.or(default)))
}

#[cfg(test)]
mod tests {
    use super::split_url;

    #[test]
    fn a_url_gives_host_and_port() {
        assert_eq!(
            split_url("https://api.openai.com/v1"),
            Some(("api.openai.com", Some(443)))
        );
        assert_eq!(
            split_url("http://user:pw@localhost:8080/?key=1"),
            Some(("localhost", Some(8080)))
        );
        assert_eq!(split_url("http://[::1]:9/x"), Some(("::1", Some(9))));
        assert_eq!(split_url("http://[::1]"), Some(("::1", Some(80))));
        assert_eq!(split_url("api.openai.com"), None);
    }
}
