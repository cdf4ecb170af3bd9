//! The walk over JSON text: what `walk` does for a `Serialize` type, without building anything that is not wanted.

use serde_json::{Map, Number, Value};

use super::lexer::{Lexer, Tokens};
use super::visit::{MAX_DEPTH, Scalar};
use super::walk::{Fields, Sink, Want, of_field, walk_value};

/// How deep tables lie in one another; what lies deeper is left out.
const LEVELS: usize = 24;

/// Calls `sink` with what `fields` wants of the JSON text. Of a text that was cut off, what came before the cut counts.
pub(crate) fn walk_text<S: Sink>(text: &[u8], fields: Fields<S>, sink: &mut S) {
    let mut walk = Walk {
        sink,
        want: Want::In(fields),
        levels: [Want::Skip; LEVELS],
        depth: 0,
        maps: 0,
        text: String::new(),
        value: None,
    };
    Lexer::default().feed(text, &mut walk);
}

struct Walk<'a, S> {
    sink: &'a mut S,
    /// What is wanted of the value that comes next.
    want: Want<S>,
    /// What is wanted of what lies in each object or list that has begun.
    levels: [Want<S>; LEVELS],
    depth: usize,
    /// One bit for each level: whether it is an object.
    maps: u32,
    /// The text that has come in pieces.
    text: String,
    /// The content that is being built.
    value: Option<Building>,
}

impl<S: Sink> Walk<'_, S> {
    /// What is wanted of an element of the list, or nothing in an object before its next key.
    fn level(&self) -> Want<S> {
        let inner = self.depth.checked_sub(1);
        inner
            .and_then(|at| self.levels.get(at))
            .copied()
            .unwrap_or(Want::Skip)
    }

    /// What takes the whole value that comes next, if it is content and wanted.
    fn takes(&self) -> Option<fn(&mut S, Value)> {
        match self.want {
            Want::Content(take)
            | Want::Nested(take)
            | Want::Marked(_, take)
            | Want::Both(_, take) => self.sink.wants_content().then_some(take),
            _ => None,
        }
    }

    /// The whole value that was wanted.
    fn whole(&mut self, value: Value) {
        let Some(take) = self.takes() else { return };
        if let Want::Both(fields, _) = self.want {
            walk_value(&value, fields, self.sink);
        }
        take(self.sink, value);
    }

    fn scalar(&mut self, value: Scalar<'_>) {
        if let Want::Take(take) | Want::Either(take, _) = self.want {
            take(self.sink, value);
        }
    }

    /// A value inside the content that is being built, or all of it.
    fn built(&mut self, value: Value) {
        match &mut self.value {
            Some(building) => building.add(value),
            None => self.whole(value),
        }
    }
}

impl<S: Sink> Tokens for Walk<'_, S> {
    fn key(&mut self, key: &str) -> bool {
        if let Some(building) = &mut self.value {
            building.key = key.to_owned();
            return true;
        }
        self.want = of_field(self.level(), key);
        match self.want {
            Want::Skip => false,
            Want::Note(note) => {
                note(self.sink);
                false
            }
            Want::Marked(mark, _) => {
                mark(self.sink);
                self.takes().is_some()
            }
            Want::Content(_) | Want::Nested(_) => self.takes().is_some(),
            Want::Both(fields, _) if self.takes().is_none() => {
                self.want = Want::In(fields);
                true
            }
            _ => true,
        }
    }

    fn open(&mut self, is_map: bool) -> bool {
        if self.value.is_some() || self.takes().is_some() {
            let building = self.value.get_or_insert_default();
            return building.open(is_map);
        }
        let goes_on = match self.want {
            Want::In(_) | Want::Each(..) | Want::Either(..) => true,
            // Every scalar of a list is taken.
            Want::Take(_) => !is_map,
            _ => false,
        };
        let Some(level) = self.levels.get_mut(self.depth).filter(|_| goes_on) else {
            return false;
        };
        *level = self.want;
        self.maps = self.maps & !(1 << self.depth) | u32::from(is_map) << self.depth;
        self.depth += 1;
        true
    }

    fn close(&mut self) {
        if let Some(building) = &mut self.value {
            if let Some(value) = building.close() {
                self.value = None;
                self.whole(value);
                self.want = self.level();
            }
            return;
        }
        let ended = self.level();
        self.depth = self.depth.saturating_sub(1);
        if let (Want::Each(_, end), 1) = (ended, self.maps >> self.depth & 1) {
            end(self.sink);
        }
        self.want = self.level();
    }

    fn word(&mut self, word: &str) {
        if self.value.is_some() || self.takes().is_some() {
            self.built(value_of(word));
        } else {
            self.scalar(scalar_of(word));
        }
    }

    fn text(&mut self, piece: &str, is_last: bool) {
        let is_built = self.value.is_some() || self.takes().is_some();
        if !is_built && !matches!(self.want, Want::Take(_) | Want::Either(..)) {
            return;
        }
        if is_last && self.text.is_empty() {
            if is_built {
                self.built(Value::String(piece.to_owned()));
            } else {
                self.scalar(Scalar::Str(piece));
            }
            return;
        }
        self.text.push_str(piece);
        if is_last {
            let text = std::mem::take(&mut self.text);
            if is_built {
                self.built(Value::String(text));
            } else {
                self.scalar(Scalar::Str(&text));
                // The room is used again.
                self.text = text;
                self.text.clear();
            }
        }
    }
}

/// What a word is that stands for itself. What is no JSON, such as `NaN`, is lost, and so is a number that is not finite.
fn scalar_of(word: &str) -> Scalar<'static> {
    match word {
        "true" => return Scalar::Bool(true),
        "false" => return Scalar::Bool(false),
        _ if !is_number(word) => return Scalar::Null,
        _ => {}
    }
    if let Ok(n) = word.parse() {
        return Scalar::Int(n);
    }
    if let Ok(n) = word.parse() {
        return Scalar::Uint(n);
    }
    let finite = word.parse().ok().filter(|n: &f64| n.is_finite());
    finite.map_or(Scalar::Null, Scalar::Float)
}

/// The same as a value.
fn value_of(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => word
            .parse()
            .map_or(Value::Null, |number: Number| Value::Number(number)),
    }
}

/// Whether it begins as a number does: `inf` and `nan` parse as well.
fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && word.ends_with(|last: char| last == '.' || last.is_ascii_digit())
}

/// A value that is being built.
#[derive(Default)]
struct Building {
    /// What has begun and not ended, each with the key it stands under.
    open: Vec<(String, Value)>,
    key: String,
}

impl Building {
    fn open(&mut self, is_map: bool) -> bool {
        if self.open.len() >= usize::from(MAX_DEPTH) {
            self.add(Value::Null);
            return false;
        }
        let empty = match is_map {
            true => Value::Object(Map::new()),
            false => Value::Array(Vec::new()),
        };
        self.open.push((std::mem::take(&mut self.key), empty));
        true
    }

    fn add(&mut self, value: Value) {
        match self.open.last_mut() {
            Some((_, Value::Object(fields))) => {
                fields.insert(std::mem::take(&mut self.key), value);
            }
            Some((_, Value::Array(list))) => list.push(value),
            _ => {}
        }
    }

    /// Ends the innermost; returns the whole if it was the outermost.
    fn close(&mut self) -> Option<Value> {
        let (key, value) = self.open.pop()?;
        if self.open.is_empty() {
            return Some(value);
        }
        self.key = key;
        self.add(value);
        None
    }
}
