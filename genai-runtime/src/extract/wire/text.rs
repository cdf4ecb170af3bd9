//! The walk over JSON text: what `walk` does for a `Serialize` type, without building anything that is not wanted.

use super::build::Building;
use super::lexer::{Lexer, Tokens};
use super::visit::Scalar;
use super::walk::{Fields, Receiver, Taker, Want, of_field};
use super::word::{scalar_of, value_of};
use crate::content::limits::prefix;

/// How deep tables lie in one another; what lies deeper is left out.
const LEVELS: usize = 24;

/// How long a scalar that comes in pieces may get: longer than any id, name or reason, and than what of a text is kept as a scalar.
const MAX_SCALAR: usize = 64 << 10;

/// Calls `receiver` with what `fields` wants of the JSON text. Of a text that was cut off, what came before the cut counts.
pub(crate) fn walk_text<S: Receiver>(text: &[u8], fields: Fields<S>, receiver: &mut S) {
    Reading::new(fields).feed(text, receiver);
}

/// A JSON text that is being read.
pub(crate) struct Reading<S> {
    lexer: Lexer,
    place: Place<S>,
}

impl<S: Receiver> Reading<S> {
    /// Nothing has come of it.
    pub(crate) fn new(fields: Fields<S>) -> Self {
        let place = Place {
            want: Want::In(fields),
            levels: [Want::Skip; LEVELS],
            depth: 0,
            maps: 0,
            hidden: 0,
            text: String::new(),
            value: None,
        };
        Self {
            lexer: Lexer::default(),
            place,
        }
    }

    /// Reads on, and calls `receiver` with what is wanted.
    pub(crate) fn feed(&mut self, text: &[u8], receiver: &mut S) {
        let Self { lexer, place } = self;
        lexer.feed(text, &mut Walk { receiver, place });
    }
}

/// Where in the text the walk is.
struct Place<S> {
    /// What is wanted of the value that comes next.
    want: Want<S>,
    /// What is wanted of what lies in each object or list that has begun.
    levels: [Want<S>; LEVELS],
    depth: usize,
    /// One bit for each level: whether it is an object.
    maps: u32,
    /// How many levels inside a value that the tables do not want, though it is built.
    hidden: u32,
    /// The scalar text that has come in pieces.
    text: String,
    /// The content that is being built.
    value: Option<Built<S>>,
}

/// Content that is being built.
struct Built<S> {
    building: Building,
    taker: Taker<S>,
    /// The tables go on inside it.
    is_walked: bool,
}

struct Walk<'a, S> {
    receiver: &'a mut S,
    place: &'a mut Place<S>,
}

impl<S: Receiver> Walk<'_, S> {
    /// What is wanted of an element of the list, or nothing in an object before its next key.
    fn level(&self) -> Want<S> {
        let inner = self.place.depth.checked_sub(1);
        inner
            .and_then(|at| self.place.levels.get(at))
            .copied()
            .unwrap_or(Want::Skip)
    }

    /// What takes the whole value that comes next, if it is content and wanted.
    fn takes(&self) -> Option<Taker<S>> {
        let taker = match self.place.want {
            Want::Listed(_, take) => Taker::Next(take),
            want => want.taker()?,
        };
        self.receiver.wants_content().then_some(taker)
    }

    /// Whether the value that comes next is content, which is then begun.
    fn builds(&mut self) -> bool {
        if self.place.value.is_some() {
            return true;
        }
        let Some(taker) = self.takes() else {
            return false;
        };
        let room = match self.place.want {
            Want::Listed(room, _) => room(self.receiver),
            _ => taker.room(self.receiver),
        };
        let is_walked = match self.place.want {
            Want::Both(fields, _) | Want::Again(Some(fields), _) => {
                self.place.want = Want::In(fields);
                true
            }
            _ => false,
        };
        self.place.value = Some(Built {
            building: Building::new(room),
            taker,
            is_walked,
        });
        true
    }

    /// Whether the tables see the value.
    fn is_walked(&self) -> bool {
        self.place
            .value
            .as_ref()
            .is_none_or(|value| value.is_walked)
    }

    /// The content that is being built may be whole.
    fn built(&mut self) {
        let is_whole = |value: &Built<S>| value.building.is_whole();
        let Some(value) = self.place.value.take_if(|value| is_whole(value)) else {
            return;
        };
        let (whole, lost) = value.building.end();
        value.taker.hand_over(self.receiver, whole, lost);
        self.place.want = self.level();
    }

    fn scalar(&mut self, value: Scalar<'_>) {
        if let (Want::Take(take) | Want::Either(take, _), 0) = (self.place.want, self.place.hidden)
        {
            take(self.receiver, value);
        }
    }

    /// The name of a value for the tables; whether it is wanted.
    fn walk_key(&mut self, key: &str) -> bool {
        self.place.want = of_field(self.level(), key);
        match self.place.want {
            Want::Skip => false,
            Want::Note(note) => {
                note(self.receiver);
                false
            }
            Want::Marked(mark, _) => {
                mark(self.receiver);
                self.takes().is_some()
            }
            Want::Listed(room, _) => {
                room(self.receiver);
                self.takes().is_some()
            }
            Want::Content(_) | Want::Nested(_) | Want::Again(None, _) => self.takes().is_some(),
            Want::Both(fields, _) | Want::Again(Some(fields), _) if self.takes().is_none() => {
                self.place.want = Want::In(fields);
                true
            }
            _ => true,
        }
    }

    /// An object or a list for the tables; whether anything in it is wanted.
    fn walk_open(&mut self, is_map: bool) -> bool {
        let goes_on = match self.place.want {
            Want::In(_) | Want::Each(..) | Want::Either(..) => true,
            // Every scalar, or every element, of a list is taken.
            Want::Take(_) | Want::Listed(..) => !is_map,
            _ => false,
        };
        let place = &mut *self.place;
        let Some(level) = place.levels.get_mut(place.depth).filter(|_| goes_on) else {
            return false;
        };
        *level = place.want;
        place.maps = place.maps & !(1 << place.depth) | u32::from(is_map) << place.depth;
        place.depth += 1;
        true
    }

    fn walk_close(&mut self) {
        let ended = self.level();
        self.place.depth = self.place.depth.saturating_sub(1);
        if let (Want::Each(_, end), 1) = (ended, self.place.maps >> self.place.depth & 1) {
            end(self.receiver);
        }
        self.place.want = self.level();
    }

    /// Whether a list that begins holds the elements that are wanted one by one, and is not one of them.
    fn is_list_of_elements(&self, is_map: bool) -> bool {
        !is_map
            && matches!(self.place.want, Want::Listed(..))
            && !matches!(self.level(), Want::Listed(..))
            && self.receiver.wants_content()
    }
}

impl<S: Receiver> Tokens for Walk<'_, S> {
    fn key(&mut self, key: &str) -> bool {
        let is_walked = self.is_walked() && self.place.hidden == 0;
        match &mut self.place.value {
            None => self.walk_key(key),
            Some(value) => {
                value.building.key(key);
                if is_walked {
                    self.place.want = of_field(self.level(), key);
                    if let Want::Note(note) = self.place.want {
                        note(self.receiver);
                    }
                }
                true
            }
        }
    }

    fn open(&mut self, is_map: bool) -> bool {
        if self.place.value.is_none() && self.is_list_of_elements(is_map) {
            return self.walk_open(is_map);
        }
        if !self.builds() {
            return self.walk_open(is_map);
        }
        let is_walked = self.is_walked();
        let goes_on = is_walked && self.place.hidden == 0 && self.walk_open(is_map);
        let Some(value) = &mut self.place.value else {
            return goes_on;
        };
        let is_built = value.building.open(is_map, goes_on);
        if is_built && is_walked && !goes_on {
            self.place.hidden = self.place.hidden.saturating_add(1);
        }
        is_built || goes_on
    }

    fn close(&mut self) {
        let Some(value) = &mut self.place.value else {
            return self.walk_close();
        };
        let is_walked = value.is_walked;
        value.building.close();
        match self.place.hidden.checked_sub(1) {
            Some(hidden) => self.place.hidden = hidden,
            None if is_walked => self.walk_close(),
            None => {}
        }
        self.built();
    }

    fn word(&mut self, word: &str) {
        if self.builds() {
            if let Some(value) = &mut self.place.value {
                value.building.word(value_of(word), word.len());
            }
        }
        if self.is_walked() {
            self.scalar(scalar_of(word));
        }
        self.built();
    }

    fn text(&mut self, piece: &str, is_last: bool) {
        if self.builds() {
            if let Some(value) = &mut self.place.value {
                value.building.text(piece, is_last);
            }
        }
        if self.is_walked() && matches!(self.place.want, Want::Take(_) | Want::Either(..)) {
            self.scalar_text(piece, is_last);
        }
        if is_last {
            self.built();
        }
    }
}

impl<S: Receiver> Walk<'_, S> {
    /// A piece of a text that is a scalar.
    fn scalar_text(&mut self, piece: &str, is_last: bool) {
        if is_last && self.place.text.is_empty() {
            return self.scalar(Scalar::Str(piece));
        }
        let room = MAX_SCALAR.saturating_sub(self.place.text.len());
        self.place.text.push_str(prefix(piece, room));
        if is_last {
            let text = std::mem::take(&mut self.place.text);
            self.scalar(Scalar::Str(&text));
            // The room is used again.
            self.place.text = text;
            self.place.text.clear();
        }
    }
}
