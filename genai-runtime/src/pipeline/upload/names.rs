//! The names of uploads: a random UUID per operation, or the hash of what does not change between operations.
//!
//! In come system instructions and tool definitions; out come the hashes the Python reference takes, so that both write, and
//! find, the same files. It hashes the text of the instructions, and of the tools what `json.dumps(.., sort_keys=True)` makes
//! of them; this module writes that text, whose numbers and escapes are Python's.

use std::io::{self, Write};

use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::content::message::{Part, ToolDefinition};

/// How deep the parameters of a tool may be nested to be hashed; deeper ones get a random name, as they do in the reference.
const DEPTH: usize = 512;

/// A SHA-256 hash; `{:x}` formats it.
pub(super) type Hash = sha2::digest::Output<Sha256>;

/// A random (version 4) UUID; `None` if the system gives no random numbers.
pub(super) fn random() -> Option<Uuid> {
    #[cfg(test)]
    if super::tests::HAS_NO_RANDOM.get() {
        return None;
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// The hash of system instructions: of their texts joined by newlines, if all of them are text.
pub(super) fn system_hash(parts: &[Part]) -> Option<Hash> {
    let mut hash = Sha256::new();
    for (at, part) in parts.iter().enumerate() {
        let Part::Text { content } = part else {
            return None;
        };
        if at > 0 {
            hash.update(b"\n");
        }
        hash.update(content);
    }
    Some(hash.finalize())
}

/// The hash of tool definitions: of Python's JSON text of them, without fields that are absent.
pub(super) fn tools_hash(tools: &[ToolDefinition]) -> Option<Hash> {
    let mut hasher = Hasher {
        hash: Sha256::new(),
        buffer: [0; 256],
        used: 0,
    };
    write_tools(&mut hasher, tools).ok()?;
    hasher.flush().ok()?;
    Some(hasher.hash.finalize())
}

/// Collects the many small writes of the text: hashing byte by byte would cost more than the hash.
struct Hasher {
    hash: Sha256,
    buffer: [u8; 256],
    used: usize,
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() - self.used < bytes.len() {
            self.flush()?;
        }
        match self.buffer.get_mut(self.used..self.used + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.used += bytes.len();
            }
            None => self.hash.update(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hash
            .update(self.buffer.get(..self.used).unwrap_or_default());
        self.used = 0;
        Ok(())
    }
}

/// Writes the definitions with their fields sorted: `description`, `name`, `parameters`, `type`.
pub(super) fn write_tools(out: &mut impl Write, tools: &[ToolDefinition]) -> io::Result<()> {
    out.write_all(b"[")?;
    for (at, tool) in tools.iter().enumerate() {
        out.write_all(if at > 0 { b", {" } else { b"{" })?;
        match tool {
            ToolDefinition::Function {
                name,
                description,
                parameters,
            } => {
                if let Some(description) = description {
                    out.write_all(b"\"description\": ")?;
                    write_string(out, description)?;
                    out.write_all(b", ")?;
                }
                out.write_all(b"\"name\": ")?;
                write_string(out, name)?;
                // A `null` at the top of the parameters is an absent field, one below it is data.
                if let Some(parameters) = parameters.as_ref().filter(|p| !p.is_null()) {
                    out.write_all(b", \"parameters\": ")?;
                    write_value(out, parameters, DEPTH)?;
                }
                out.write_all(b", \"type\": \"function\"}")?;
            }
            ToolDefinition::Other { kind, name } => {
                out.write_all(b"\"name\": ")?;
                write_string(out, name)?;
                out.write_all(b", \"type\": ")?;
                write_string(out, kind)?;
                out.write_all(b"}")?;
            }
        }
    }
    out.write_all(b"]")
}

fn write_value(out: &mut impl Write, value: &Value, depth: usize) -> io::Result<()> {
    let depth = depth.checked_sub(1).ok_or(io::ErrorKind::InvalidData)?;
    match value {
        Value::Null => out.write_all(b"null"),
        Value::Bool(true) => out.write_all(b"true"),
        Value::Bool(false) => out.write_all(b"false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.write_all(b"[")?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.write_all(b", ")?;
                }
                write_value(out, item, depth)?;
            }
            out.write_all(b"]")
        }
        Value::Object(fields) => write_object(out, fields, depth),
    }
}

fn write_object(out: &mut impl Write, fields: &Map<String, Value>, depth: usize) -> io::Result<()> {
    // Whether `serde_json` sorts its maps depends on the features other crates turn on. UTF-8 sorts as code points do.
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(key, _)| *key);
    out.write_all(b"{")?;
    for (at, (key, value)) in fields.into_iter().enumerate() {
        if at > 0 {
            out.write_all(b", ")?;
        }
        write_string(out, key)?;
        out.write_all(b": ")?;
        write_value(out, value, depth)?;
    }
    out.write_all(b"}")
}

/// A string in printable ASCII: everything else is escaped by its UTF-16 units.
fn write_string(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest
            .bytes()
            .position(|b| !matches!(b, 0x20..=0x7e) || b == b'"' || b == b'\\')
            .unwrap_or(rest.len());
        let (clean, tail) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.write_all(clean.as_bytes())?;
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => out.write_all(b"\\\"")?,
            Some('\\') => out.write_all(b"\\\\")?,
            Some('\n') => out.write_all(b"\\n")?,
            Some('\r') => out.write_all(b"\\r")?,
            Some('\t') => out.write_all(b"\\t")?,
            Some('\u{8}') => out.write_all(b"\\b")?,
            Some('\u{c}') => out.write_all(b"\\f")?,
            Some(other) => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.write_all(b"\"")
}

fn write_number(out: &mut impl Write, number: &Number) -> io::Result<()> {
    if let Some(whole) = number.as_i64() {
        return write!(out, "{whole}");
    }
    if let Some(whole) = number.as_u64() {
        return write!(out, "{whole}");
    }
    // With `arbitrary_precision` a number is its text: an integer of any length stays one, as in Python.
    let text = number.to_string();
    if is_whole(&text) {
        return out.write_all(text.as_bytes());
    }
    match number.as_f64() {
        Some(float) => write_float(out, float),
        None => out.write_all(text.as_bytes()),
    }
}

/// Whether a number is written as an integer; `-0` is none of Python's.
fn is_whole(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text != "-0"
}

/// A float as Python's `repr` has it: the shortest digits that read back the same, in exponent form below 1e-4 and from
/// 1e16 on.
fn write_float(out: &mut impl Write, float: f64) -> io::Result<()> {
    let scientific = format!("{float:e}");
    // One that is not finite has no exponent, and no JSON value is one.
    let (digits, exponent) = scientific
        .split_once('e')
        .ok_or(io::ErrorKind::InvalidData)?;
    let exponent: i32 = exponent.parse().map_err(io::Error::other)?;
    if (-4..16).contains(&exponent) {
        // `Display` never uses an exponent, `Debug` always shows a fraction.
        let plain = float.to_string();
        let fraction = if plain.contains('.') { "" } else { ".0" };
        return write!(out, "{plain}{fraction}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(name: String, parameters: Option<Value>) -> ToolDefinition {
        ToolDefinition::Function {
            name,
            description: None,
            parameters,
        }
    }

    /// Texts of any length go through the hasher's buffer, beside it, or fill it to its end.
    #[test]
    fn the_hash_of_tools_is_that_of_their_text() {
        for length in (0..40).chain(120..140).chain(240..270).chain([600, 10_000]) {
            let tools = [
                tool(
                    "a".repeat(length),
                    Some(json!({"k": "b".repeat(length / 3)})),
                ),
                ToolDefinition::Other {
                    kind: "c".repeat(600 - length.min(600)).into(),
                    name: "\u{e9}\"\\\n\r\t\u{8}\u{c}\u{7f}\u{1f600}".to_owned(),
                },
            ];
            let mut text = Vec::new();
            write_tools(&mut text, &tools).unwrap();
            let hash = tools_hash(&tools).unwrap();
            assert_eq!(hash, Sha256::digest(&text), "{length}");
        }
    }

    #[test]
    fn tools_are_written_as_python_writes_them() {
        let written = |parameters: Option<Value>| {
            let mut text = Vec::new();
            let kind = || "t\u{e9}\"\\/\n\r\t\u{8}\u{c}\u{7f}\u{1f600}~ ".to_owned();
            let tools = [
                tool("f".to_owned(), parameters),
                ToolDefinition::Other {
                    kind: kind().into(),
                    name: String::new(),
                },
            ];
            write_tools(&mut text, &tools).unwrap();
            String::from_utf8(text).unwrap()
        };
        let end = r#""type": "function"}, {"name": "", "type": "t\u00e9\"\\/\n\r\t\b\f\u007f\ud83d\ude00~ "}]"#;
        for nothing in [None, Some(Value::Null)] {
            assert_eq!(written(nothing), format!(r#"[{{"name": "f", {end}"#));
        }
        for (value, text) in [
            (json!([]), "[]"),
            (json!({}), "{}"),
            (
                json!([null, true, false, [1, -2]]),
                "[null, true, false, [1, -2]]",
            ),
            (
                json!({"b": 1, "a": {"d": null, "c": "x"}}),
                r#"{"a": {"c": "x", "d": null}, "b": 1}"#,
            ),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(i64::MIN), "-9223372036854775808"),
            (json!(0.0), "0.0"),
            (json!(-0.0), "-0.0"),
            (json!(1.5), "1.5"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1e16), "1e+16"),
            (json!(1.25e100), "1.25e+100"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(-1.5e-10), "-1.5e-10"),
        ] {
            let expected = format!(r#"[{{"name": "f", "parameters": {text}, {end}"#);
            assert_eq!(written(Some(value)), expected);
        }
    }

    #[test]
    fn an_integer_of_any_length_is_one() {
        for text in ["0", "-7", "123456789012345678901234567890"] {
            assert!(is_whole(text), "{text}");
        }
        for text in ["-0", "1.0", "1e30", "-0.0", "12345678901234567890.5"] {
            assert!(!is_whole(text), "{text}");
        }
    }

    #[test]
    fn parameters_that_are_nested_too_deeply_have_no_hash() {
        let nested =
            |depth: usize| (1..depth).fold(json!([]), |inner, _| Value::Array(vec![inner]));
        let hash = |depth| tools_hash(&[tool("f".to_owned(), Some(nested(depth)))]);
        assert!(hash(DEPTH).is_some());
        assert!(hash(DEPTH + 1).is_none());
    }

    #[test]
    fn instructions_are_joined_by_a_newline() {
        let texts = |texts: &[&str]| {
            let parts: Vec<Part> = texts.iter().map(|text| Part::text(*text)).collect();
            system_hash(&parts).unwrap()
        };
        assert_eq!(texts(&["a", "b", ""]), Sha256::digest("a\nb\n"));
        assert_eq!(texts(&["a"]), Sha256::digest("a"));
        assert!(system_hash(&[Part::text("a"), Part::reasoning("b")]).is_none());
    }
}
