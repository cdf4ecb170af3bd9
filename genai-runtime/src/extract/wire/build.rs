//! Content of a JSON text that is being built, within a bound: the parts of the text go in, a `Value` comes out, and how many bytes
//! were left out of it.

use serde_json::{Map, Value};

use super::visit::MAX_DEPTH;
use crate::content::limits::prefix;
use crate::extract::budget::{SHORT, push, says_what};

/// A value that is being built.
pub(super) struct Building {
    /// What has begun and not ended, each with the key it stands under; null where there was no room.
    open: Vec<(String, Value)>,
    key: String,
    /// The text that has come in pieces, and how many bytes of it were left out.
    text: String,
    cut: usize,
    /// How many levels inside an object or a list that lies too deep.
    hidden: u32,
    /// The whole.
    value: Option<Value>,
    is_whole: bool,
    /// How many bytes of JSON may still be kept, and how many were not.
    room: usize,
    lost: usize,
    /// The room is that of a short value that is kept where there is none.
    is_short: bool,
}

impl Building {
    pub(super) fn new(room: usize) -> Self {
        Self {
            open: Vec::new(),
            key: String::new(),
            text: String::new(),
            cut: 0,
            hidden: 0,
            value: None,
            is_whole: false,
            room,
            lost: 0,
            is_short: false,
        }
    }

    /// Whether the value has ended.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The value, unless there was no room at all, and how many bytes were left out.
    pub(super) fn end(self) -> (Option<Value>, usize) {
        (self.value, self.lost)
    }

    /// Takes `bytes`; those there is no room for are lost. Whether there was any room.
    fn spend(&mut self, bytes: usize) -> bool {
        let had_room = self.room > 0;
        self.lost = self.lost.saturating_add(bytes.saturating_sub(self.room));
        self.room = self.room.saturating_sub(bytes);
        had_room
    }

    /// The name of the value that comes next.
    pub(super) fn key(&mut self, key: &str) {
        if self.hidden > 0 {
            return;
        }
        self.key.clear();
        let is_kept = !matches!(self.open.last(), Some((_, Value::Null)));
        if self.room == 0 && is_kept && says_what(key) {
            (self.room, self.is_short) = (SHORT, true);
        }
        if self.spend(key.len() + 3) {
            self.key.push_str(key);
        }
    }

    /// An object or a list begins; returns whether anything in it is wanted. `by_others`: it is looked into anyway.
    pub(super) fn open(&mut self, is_map: bool, by_others: bool) -> bool {
        self.end_short();
        if self.hidden > 0 || self.open.len() >= usize::from(MAX_DEPTH) {
            if self.hidden == 0 {
                self.add(Value::Null);
            }
            self.hidden += u32::from(by_others);
            return false;
        }
        let empty = match (self.spend(3), is_map) {
            (false, _) => Value::Null,
            (true, true) => Value::Object(Map::new()),
            (true, false) => Value::Array(Vec::new()),
        };
        self.open.push((std::mem::take(&mut self.key), empty));
        true
    }

    /// The innermost object or list ends.
    pub(super) fn close(&mut self) {
        if let Some(hidden) = self.hidden.checked_sub(1) {
            self.hidden = hidden;
            return;
        }
        if let Some((key, value)) = self.open.pop() {
            self.key = key;
            if value.is_null() {
                self.is_whole = self.open.is_empty();
            } else {
                self.add(value);
            }
        }
    }

    /// A word of this length.
    pub(super) fn word(&mut self, value: Value, bytes: usize) {
        if self.hidden > 0 {
            return;
        }
        if self.spend(bytes + 1) {
            self.add(value);
        } else {
            self.is_whole = self.open.is_empty();
        }
        self.end_short();
    }

    /// A piece of a text. What there is no room for is left out, and said at its end.
    pub(super) fn text(&mut self, piece: &str, is_last: bool) {
        if self.hidden > 0 {
            return;
        }
        let kept = prefix(piece, self.room);
        let cut = piece.len() - kept.len();
        self.room -= kept.len();
        self.cut = self.cut.saturating_add(cut);
        if cut > 0 {
            // Nothing that follows is kept either.
            self.room = 0;
        }
        if !is_last || !self.text.is_empty() {
            let most = self.text.len() + kept.len() + self.room;
            push(&mut self.text, kept, most);
        }
        if !is_last {
            return;
        }
        let mut text = match self.text.is_empty() {
            true => kept.to_owned(),
            false => std::mem::take(&mut self.text),
        };
        let cut = std::mem::take(&mut self.cut);
        self.lost = self.lost.saturating_add(cut);
        let is_lost = cut > 0 && text.is_empty();
        if cut > 0 {
            text.push_str(&format!("...[{cut} bytes cut]"));
        }
        self.spend(3);
        self.end_short();
        if is_lost {
            self.is_whole = self.open.is_empty();
        } else {
            self.add(Value::String(text));
        }
    }

    /// After a short value there is no room again.
    fn end_short(&mut self) {
        if std::mem::take(&mut self.is_short) {
            self.room = 0;
        }
    }

    fn add(&mut self, value: Value) {
        match self.open.last_mut() {
            Some((_, Value::Object(fields))) => {
                fields.insert(std::mem::take(&mut self.key), value);
            }
            Some((_, Value::Array(list))) => list.push(value),
            Some(_) => {}
            None => {
                self.value = Some(value);
                self.is_whole = true;
            }
        }
    }
}
