//! Any serialisable value as spans have it: a `Serialize` goes in, strict JSON comes out, with bytes as base64, NaN and
//! infinities as strings, and a limit on depth.

mod error;
mod key;
mod serializer;

use std::fmt::Display;
use std::io;

use serde::ser::Serialize;

use super::out::Out;
use super::{MAX_DEPTH, TOO_DEEP};
pub use error::Error;
use error::Kind;
use key::KeyText;

/// Room for what an element of a list or object needs to be closed and marked.
const FIXED: usize = 120;

/// The value as compact JSON, the way spans have it: bytes (`serialize_bytes`) as standard padded base64, NaN and infinities as
/// the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, text not escaped beyond what JSON requires, what nests deeper than 100
/// levels replaced by a mark. No cap applies.
///
/// # Errors
///
/// If the value's `Serialize` fails, or a map has keys that are neither text, numbers nor booleans.
///
/// ```
/// let json = genai::message::to_json(&[0.5, f64::NAN]).unwrap();
/// assert_eq!(json, r#"[0.5,"NaN"]"#);
/// ```
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut out = Out::new(128, usize::MAX, false);
    value.serialize(Ser {
        out: &mut out,
        depth: MAX_DEPTH,
        skip: false,
        plain: false,
    })?;
    Ok(out.finish().unwrap_or_default())
}

/// Writes what [`to_json`] gives.
///
/// # Errors
///
/// As [`to_json`], or if the writer fails.
///
/// ```
/// let mut out = Vec::new();
/// genai::message::write_json(&mut out, &genai::message::user("hi"))?;
/// assert_eq!(out, br#"{"role":"user","parts":[{"type":"text","content":"hi"}]}"#);
/// # Ok::<(), genai::message::Error>(())
/// ```
pub fn write_json<W: io::Write, T: Serialize + ?Sized>(
    mut writer: W,
    value: &T,
) -> Result<(), Error> {
    writer
        .write_all(to_json(value)?.as_bytes())
        .map_err(|error| Error(Kind::Io(error)))
}

/// A value as a tool's arguments or result are written: a string as it is, anything else as JSON, of at most `end` bytes.
/// `None` for what is absent (`None`, `()`) or cannot be marked as cut.
pub(crate) fn plain<T: Serialize + ?Sized>(value: &T, end: usize) -> Result<Option<String>, Error> {
    for cutting in [false, true] {
        let mut out = Out::new(64, end, cutting);
        if out.open(FIXED) {
            value.serialize(Ser {
                out: &mut out,
                depth: MAX_DEPTH,
                skip: false,
                plain: true,
            })?;
            let absent = out.absent;
            if let Some(text) = out.finish() {
                // An empty string is a value; one of which a cut left nothing is none.
                return Ok(Some(text).filter(|text| !(absent || cutting && text.is_empty())));
            }
        }
    }
    Ok(None)
}

/// Writes one value into `out`, or only counts it if it is to be skipped.
struct Ser<'a> {
    out: &'a mut Out,
    depth: usize,
    skip: bool,
    plain: bool,
}

impl Ser<'_> {
    fn string(self, text: &str) {
        if self.skip {
            self.out.cut += text.len() + 3;
        } else if self.plain {
            self.out.plain(text);
        } else {
            self.out.string(text);
        }
    }

    fn raw(self, text: &str) {
        if self.skip {
            self.out.cut += text.len() + 1;
        } else {
            self.out.raw(text);
        }
    }

    fn number(self, number: impl Display) {
        if self.skip {
            self.out.cut += 8;
        } else {
            self.out.number(number);
        }
    }
}

/// An open list or object.
pub(crate) struct Open<'a> {
    out: &'a mut Out,
    /// Levels that may still follow.
    depth: usize,
    /// Nothing is written: a value that was too deep, or one that is only counted.
    skip: bool,
    /// It is too deep: not even counted.
    ignore: bool,
    first: bool,
    root: bool,
    /// What closes it.
    close: &'static str,
    /// It is a number.
    number: bool,
}

impl<'a> Open<'a> {
    /// Opens a list or object after `before`, such as the name of a variant.
    fn new(ser: Ser<'a>, variant: Option<&str>, open: &str, close: &'static str) -> Self {
        let ignore = ser.depth < 2;
        if ignore && !ser.skip {
            ser.out.string(TOO_DEEP);
        } else if !ser.skip {
            if let Some(variant) = variant {
                ser.out.raw("{");
                ser.out.string(variant);
                ser.out.raw(":");
            }
            ser.out.raw(open);
        }
        let depth = ser.depth.saturating_sub(1 + usize::from(variant.is_some()));
        Open {
            out: ser.out,
            depth,
            skip: ser.skip || ignore,
            ignore,
            first: true,
            root: ser.plain,
            close,
            number: false,
        }
    }

    /// A number that comes as a struct with its text.
    fn number(ser: Ser<'a>) -> Self {
        let depth = ser.depth;
        Open {
            out: ser.out,
            depth,
            skip: ser.skip,
            ignore: false,
            number: true,
            first: true,
            root: false,
            close: "",
        }
    }

    fn element<T: Serialize + ?Sized>(
        &mut self,
        key: Option<&str>,
        value: &T,
    ) -> Result<(), Error> {
        if self.ignore || (self.out.full && !self.out.cutting) {
            return Ok(());
        }
        if self.number {
            let text = value.serialize(KeyText)?;
            Ser {
                out: &mut *self.out,
                depth: self.depth,
                skip: self.skip,
                plain: false,
            }
            .number(text);
            return Ok(());
        }
        let opened = !self.skip && self.out.open(FIXED);
        let mut written = opened;
        if let (true, Some(key)) = (opened, key) {
            written = self.out.key(self.first, key);
        } else if opened && !self.first {
            self.out.raw(",");
        }
        self.first &= !written;
        let result = value.serialize(Ser {
            out: &mut *self.out,
            depth: self.depth,
            skip: !written,
            plain: false,
        });
        if opened {
            self.out.close(FIXED);
        }
        result
    }

    fn finish(self) {
        if self.skip {
            return;
        }
        if self.root && self.out.cutting && self.out.full {
            if !self.first {
                self.out.raw(",");
            }
            self.out.raw(if self.close.starts_with(']') {
                ""
            } else {
                "\"truncated\":"
            });
            self.out.raw("{\"type\":\"truncated\",\"bytes\":");
            let cut = self.out.cut;
            self.out.number(cut);
            self.out.raw("}");
        }
        self.out.raw(self.close);
    }
}
