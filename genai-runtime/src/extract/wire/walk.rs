//! The path-directed walk: a format says for each field whether it is wanted and who takes it, everything else is passed by.
//!
//! In comes a `T: Serialize` (a client's type or a `serde_json::Value`) or JSON text, with a table; out go calls of the
//! table's functions on the receiver.

use serde::Serialize;
use serde_json::{Map, Value};

use super::capture::capture;
use super::ser::visit;
use super::visit::{Compound, MAX_DEPTH, Scalar, Visit};
use crate::extract::budget::BUDGET;

/// A table: what is wanted of the field with this name.
pub(crate) type Fields<S> = fn(&str) -> Want<S>;

/// What is wanted of a value.
pub(crate) enum Want<S> {
    /// Nothing; it is not even serialised.
    Skip,
    /// To know that it is there; it is not looked at.
    Note(fn(&mut S)),
    /// The scalar, or every scalar of a list.
    Take(fn(&mut S, Scalar<'_>)),
    /// The fields of an object, or of every object of a list.
    In(Fields<S>),
    /// Likewise, with a call at the end of every object.
    Each(Fields<S>, fn(&mut S)),
    /// The scalar, or the fields of an object.
    Either(fn(&mut S, Scalar<'_>), Fields<S>),
    /// The whole value, if content is wanted.
    Content(fn(&mut S, Value)),
    /// Likewise; the content lies in lists inside it.
    Nested(fn(&mut S, Value)),
    /// Likewise of every element of a list, one after another; before each, how much of it may be kept. That is also asked where no
    /// content is wanted.
    Listed(fn(&mut S) -> usize, fn(&mut S, Value)),
    /// To know that it is there, and the whole value if content is wanted.
    Marked(fn(&mut S), fn(&mut S, Value)),
    /// The fields of an object or of every object of a list, and the whole value too if content is wanted.
    Both(Fields<S>, fn(&mut S, Value)),
    /// Likewise, of a value that may take the place of all that came before: it has the room of that again. With it, how many bytes
    /// of it were left out.
    Again(Option<Fields<S>>, fn(&mut S, Value, usize)),
}

impl<S> Clone for Want<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Want<S> {}

/// What takes the facts.
pub(crate) trait Receiver {
    /// Whether content is wanted; without it no value is built.
    fn wants_content(&self) -> bool;

    /// How many bytes of a value may be kept.
    fn room(&self) -> usize {
        BUDGET
    }

    /// Likewise of one that may take the place of all that came before.
    fn room_again(&self) -> usize {
        self.room()
    }

    /// So many bytes of the value that comes next are left out, if there is a next.
    fn left_out(&mut self, _bytes: usize) {}
}

/// What takes a whole value.
pub(crate) enum Taker<S> {
    /// One that adds to what came before.
    Next(fn(&mut S, Value)),
    /// One that may take the place of it.
    Again(fn(&mut S, Value, usize)),
}

impl<S> Want<S> {
    /// What takes the whole value, but for lists, which are taken by their elements.
    #[inline]
    pub(super) fn taker(self) -> Option<Taker<S>> {
        match self {
            Self::Content(take)
            | Self::Nested(take)
            | Self::Marked(_, take)
            | Self::Both(_, take) => Some(Taker::Next(take)),
            Self::Again(_, take) => Some(Taker::Again(take)),
            _ => None,
        }
    }
}

impl<S> Clone for Taker<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Taker<S> {}

impl<S: Receiver> Taker<S> {
    /// How much of the value may be kept.
    pub(super) fn room(self, receiver: &S) -> usize {
        match self {
            Self::Next(_) => receiver.room(),
            Self::Again(_) => receiver.room_again(),
        }
    }

    /// Hands over what is kept of the value; `lost` bytes of it are left out.
    pub(super) fn hand_over(self, receiver: &mut S, value: Option<Value>, lost: usize) {
        match (self, value) {
            (Self::Again(take), Some(value)) => take(receiver, value, lost),
            (taker, value) => {
                if lost > 0 {
                    receiver.left_out(lost);
                }
                if let (Self::Next(take), Some(value)) = (taker, value) {
                    take(receiver, value);
                }
            }
        }
    }
}

/// Hands over as much of `value` as there is room for.
fn hand_over<T: Serialize + ?Sized, S: Receiver>(
    value: &T,
    room: usize,
    receiver: &mut S,
    taker: Taker<S>,
) {
    let (value, lost) = capture(value, room);
    taker.hand_over(receiver, value, lost);
}

/// Hands `receiver` what `fields` wants of `value`.
pub(crate) fn walk<T: Serialize + ?Sized, S: Receiver>(
    value: &T,
    fields: Fields<S>,
    receiver: &mut S,
) {
    visit(
        value,
        Walk {
            want: Want::In(fields),
            receiver,
            depth: 0,
        },
    );
}

/// Likewise of a `Value`, whose structure can be looked at without a serializer in between.
pub(crate) fn walk_value<S: Receiver>(value: &Value, fields: Fields<S>, receiver: &mut S) {
    inspect(value, Want::In(fields), receiver, 0);
}

fn inspect<S: Receiver>(value: &Value, want: Want<S>, receiver: &mut S, depth: u8) {
    if depth > MAX_DEPTH {
        return;
    }
    match (want, value) {
        (Want::Skip, _) => {}
        (Want::Note(note), _) => note(receiver),
        (
            Want::Content(_)
            | Want::Nested(_)
            | Want::Marked(..)
            | Want::Both(..)
            | Want::Again(..),
            value,
        ) => {
            match want {
                Want::Marked(mark, _) => mark(receiver),
                Want::Both(fields, _) | Want::Again(Some(fields), _) => {
                    inspect(value, Want::In(fields), receiver, depth);
                }
                _ => {}
            }
            if let (Some(taker), true) = (want.taker(), receiver.wants_content()) {
                hand_over(value, taker.room(receiver), receiver, taker);
            }
        }
        (Want::Listed(room, take), value) => listed(value, room, take, receiver),
        (Want::In(fields) | Want::Either(_, fields), Value::Object(object)) => {
            inside(object, fields, receiver, depth)
        }
        (Want::Each(fields, end), Value::Object(object)) => {
            inside(object, fields, receiver, depth);
            end(receiver);
        }
        (want, Value::Array(list)) => {
            for element in list {
                inspect(element, want, receiver, depth + 1);
            }
        }
        (Want::Take(take) | Want::Either(take, _), value) => {
            if let Some(scalar) = Scalar::of(value) {
                take(receiver, scalar);
            }
        }
        (Want::In(_) | Want::Each(..), _) => {}
    }
}

fn inside<S: Receiver>(
    object: &Map<String, Value>,
    fields: Fields<S>,
    receiver: &mut S,
    depth: u8,
) {
    for (key, value) in object {
        match fields(key) {
            Want::Skip => {}
            want => inspect(value, want, receiver, depth + 1),
        }
    }
}

/// The visitor.
pub(crate) struct Walk<'a, S> {
    want: Want<S>,
    receiver: &'a mut S,
    depth: u8,
}

impl<S: Receiver> Walk<'_, S> {
    fn child<T: Serialize + ?Sized>(&mut self, want: Want<S>, value: &T) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        let content = want.taker();
        let walked = match want {
            Want::Note(note) => return note(self.receiver),
            Want::Listed(room, take) => return listed(value, room, take, self.receiver),
            Want::Skip | Want::Content(_) | Want::Nested(_) | Want::Again(None, _) => None,
            Want::Marked(mark, _) => {
                mark(self.receiver);
                None
            }
            Want::Both(fields, _) | Want::Again(Some(fields), _) => Some(Want::In(fields)),
            other => Some(other),
        };
        if let Some(want) = walked {
            visit(
                value,
                Walk {
                    want,
                    receiver: &mut *self.receiver,
                    depth: self.depth.saturating_add(1),
                },
            );
        }
        if let (Some(taker), true) = (content, self.receiver.wants_content()) {
            hand_over(value, taker.room(self.receiver), self.receiver, taker);
        }
    }
}

/// Hands over every element of a list, or what is no list as a whole.
fn listed<T: Serialize + ?Sized, S: Receiver>(
    value: &T,
    room: fn(&mut S) -> usize,
    take: fn(&mut S, Value),
    receiver: &mut S,
) {
    let first = room(receiver);
    if !receiver.wants_content() {
        return;
    }
    let mut is_list = false;
    visit(
        value,
        Elements {
            receiver: &mut *receiver,
            room,
            take,
            is_list: &mut is_list,
        },
    );
    if !is_list {
        hand_over(value, first, receiver, Taker::Next(take));
    }
}

/// The visitor of a list.
struct Elements<'a, S> {
    receiver: &'a mut S,
    room: fn(&mut S) -> usize,
    take: fn(&mut S, Value),
    is_list: &'a mut bool,
}

impl<S: Receiver> Visit for Elements<'_, S> {
    type Out = ();
    type Compound = Self;

    fn scalar(self, _: Scalar<'_>) {}

    fn compound(self, map: bool) -> Self {
        *self.is_list = !map;
        self
    }

    fn variant(self, _: &'static str) -> Self {
        self
    }
}

impl<S: Receiver> Compound for Elements<'_, S> {
    type Out = ();

    fn field<T: Serialize + ?Sized>(&mut self, _: &str, _: &T) {}

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        let room = (self.room)(self.receiver);
        hand_over(value, room, self.receiver, Taker::Next(self.take));
    }

    fn end(self) {}
}

/// What a field of an object of which `want` is wanted is worth.
pub(crate) fn of_field<S>(want: Want<S>, key: &str) -> Want<S> {
    match want {
        Want::In(fields)
        | Want::Each(fields, _)
        | Want::Either(_, fields)
        | Want::Both(fields, _)
        | Want::Again(Some(fields), _) => fields(key),
        Want::Skip
        | Want::Note(_)
        | Want::Take(_)
        | Want::Content(_)
        | Want::Nested(_)
        | Want::Listed(..)
        | Want::Marked(..)
        | Want::Again(None, _) => Want::Skip,
    }
}

impl<'a, S: Receiver> Visit for Walk<'a, S> {
    type Out = ();
    type Compound = WalkIn<'a, S>;

    fn scalar(self, value: Scalar<'_>) {
        if let Want::Take(take) | Want::Either(take, _) = self.want {
            take(self.receiver, value);
        }
    }

    fn compound(self, map: bool) -> WalkIn<'a, S> {
        WalkIn { walk: self, map }
    }

    fn variant(mut self, name: &'static str) -> Self {
        self.want = match of_field(self.want, name) {
            Want::Content(_) | Want::Nested(_) | Want::Listed(..) => Want::Skip,
            want => want,
        };
        self
    }
}

/// Inside an object or a list.
pub(crate) struct WalkIn<'a, S> {
    walk: Walk<'a, S>,
    map: bool,
}

impl<S: Receiver> Compound for WalkIn<'_, S> {
    type Out = ();

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        let want = of_field(self.walk.want, key);
        if !matches!(want, Want::Skip) {
            self.walk.child(want, value);
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        self.walk.child(self.walk.want, value);
    }

    fn end(self) {
        if let (true, Want::Each(_, end)) = (self.map, self.walk.want) {
            end(self.walk.receiver);
        }
    }
}
