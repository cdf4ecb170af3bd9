//! JSON as Python writes it: bare `NaN`, `Infinity` and `-Infinity` become the strings that we write for them.

use serde_json::Value;

/// Parses JSON text.
pub(super) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| {
        let quoted = quote(text);
        if quoted == text {
            Err(error)
        } else {
            serde_json::from_str(&quoted)
        }
    })
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "-Infinity", "Infinity"]
            .into_iter()
            .find(|word| !in_string && rest.starts_with(word));
        let taken = match (word, c) {
            (Some(word), _) => {
                out.push('"');
                out.push_str(word);
                out.push('"');
                rest = &rest[word.len()..];
                continue;
            }
            (None, '\\') if in_string => rest.chars().take(2).map(char::len_utf8).sum(),
            (None, c) => {
                in_string ^= c == '"';
                c.len_utf8()
            }
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn bare_words_become_strings_and_strings_stay() {
        let value = parse(r#"{"a":[NaN,-Infinity,Infinity],"b":"NaN \" Infinity"}"#).unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"a":["NaN","-Infinity","Infinity"],"b":"NaN \" Infinity"}"#
        );
        assert!(parse("{NaN").is_err());
    }
}
