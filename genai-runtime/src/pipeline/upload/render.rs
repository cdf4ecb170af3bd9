//! The bytes of an upload, written within the budget of the queue.
//!
//! In come messages, instructions or tools; out comes a buffer whose whole capacity is reserved in the [`Budget`], or nothing
//! where the budget does not allow it.
//!
//! The hook renders on the thread that finishes the operation. A copy for the worker to render would take that thread less
//! time, but what a copy takes of the budget could only be guessed: parsed JSON is many times as large as its text.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::format::Format;
use super::weight::Weigh;
use crate::diag::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes all uploads that wait or are under way may take together.
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
        }
    }

    fn reserve(&self, bytes: usize) -> bool {
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add)
            .is_ok()
    }

    fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

/// A part of a budget, given back when dropped.
pub(super) struct Reserved {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
    }
}

/// What rendering came to.
pub(super) enum Rendered {
    Body(Vec<u8>, Reserved),
    /// The budget is used up.
    TooLarge,
    /// A value that cannot be written as JSON.
    Unwritable,
}

/// Renders `items` as one array in a line, or as a line per item with its `index`.
pub(super) fn render<T: Serialize + Weigh>(
    items: &[T],
    format: Format,
    expected: usize,
    budget: &Arc<Budget>,
) -> Rendered {
    let mut buffer = Buffer {
        bytes: Vec::new(),
        reserved: Reserved {
            budget: budget.clone(),
            bytes: 0,
        },
    };
    let written = buffer.ensure(expected).and_then(|()| match format {
        Format::Json => json(&mut buffer, items).and_then(|()| buffer.write_all(b"\n")),
        Format::Jsonl => items.iter().enumerate().try_for_each(|(index, item)| {
            if item.has_index() {
                let mut value = serde_json::to_value(item)?;
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("index".to_owned(), index.into());
                }
                json(&mut buffer, &value)?;
                return buffer.write_all(b"\n");
            }
            json(&mut buffer, item)?;
            buffer.add_index(index)
        }),
    });
    match written {
        Ok(()) => {
            let Buffer {
                mut bytes,
                mut reserved,
            } = buffer;
            bytes.shrink_to_fit();
            let spare = reserved.bytes.saturating_sub(bytes.capacity());
            reserved.bytes -= spare;
            reserved.budget.release(spare);
            Rendered::Body(bytes, reserved)
        }
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => Rendered::TooLarge,
        Err(_) => Rendered::Unwritable,
    }
}

/// Straight into the buffer: `message::write_json` would make a text outside the budget first. What it does more, for NaN and
/// deep nesting, content copied for a hook has behind it.
fn json<T: Serialize + ?Sized>(buffer: &mut Buffer, value: &T) -> io::Result<()> {
    serde_json::to_writer(buffer, value).map_err(io::Error::from)
}

/// A buffer that reserves before it grows.
struct Buffer {
    bytes: Vec<u8>,
    reserved: Reserved,
}

impl Buffer {
    /// Makes room for `more` bytes.
    fn ensure(&mut self, more: usize) -> io::Result<()> {
        let have = self.bytes.capacity();
        let need = self.bytes.len().saturating_add(more);
        if need <= have {
            return Ok(());
        }
        // Room to spare where the budget has it, the least that will do where it does not.
        let roomy = need
            .saturating_add(need / 4)
            .max(have.saturating_add(have / 2))
            .saturating_add(256);
        let grown = [roomy, need]
            .into_iter()
            .find(|size| self.reserved.budget.reserve(size - have));
        let size = grown.ok_or(io::ErrorKind::OutOfMemory)?;
        self.reserved.bytes += size - have;
        self.bytes
            .try_reserve_exact(size - self.bytes.len())
            .map_err(|_| io::ErrorKind::OutOfMemory.into())
    }

    /// Ends the line of the object just written, with `index` as its last field.
    fn add_index(&mut self, index: usize) -> io::Result<()> {
        if self.bytes.pop() != Some(b'}') {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let comma = if self.bytes.last() == Some(&b'{') {
            ""
        } else {
            ","
        };
        self.write_all(format!("{comma}\"index\":{index}}}\n").as_bytes())
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    /// JSON is written in many small pieces, so nearly all of them must find room at once.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.bytes.capacity() - self.bytes.len() < bytes.len() {
            self.ensure(bytes.len())?;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use serde::Serializer;
    use serde_json::{Value, json};

    use super::*;

    /// Any JSON; the text `none` cannot be written.
    struct Item(Value);

    impl Serialize for Item {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 == "none" {
                return Err(serde::ser::Error::custom("none"));
            }
            self.0.serialize(serializer)
        }
    }

    impl Weigh for Item {
        fn weight(&self) -> usize {
            0
        }

        fn has_index(&self) -> bool {
            self.0.get("index").is_some()
        }
    }

    /// What rendering comes to within `limit` bytes.
    fn rendered(items: &[Value], format: Format, expected: usize, limit: usize) -> String {
        let items: Vec<Item> = items.iter().cloned().map(Item).collect();
        let budget = Arc::new(Budget::new(limit));
        let text = match render(&items, format, expected, &budget) {
            Rendered::Body(bytes, reserved) => {
                assert_eq!(budget.used(), bytes.capacity(), "all of it is reserved");
                assert_eq!(reserved.bytes, bytes.capacity());
                String::from_utf8(bytes).unwrap()
            }
            Rendered::TooLarge => "too large".to_owned(),
            Rendered::Unwritable => "unwritable".to_owned(),
        };
        assert_eq!(budget.used(), 0, "all of it is given back");
        text
    }

    #[test]
    fn an_array_is_a_line_and_lines_have_an_index() {
        let (json, lines) = (Format::Json, Format::Jsonl);
        let items = [json!({"a": 1}), json!({}), json!({"index": "mine"})];
        assert_eq!(
            rendered(&items, json, 0, 1 << 10),
            "[{\"a\":1},{},{\"index\":\"mine\"}]\n"
        );
        assert_eq!(
            rendered(&items, lines, 0, 1 << 10),
            "{\"a\":1,\"index\":0}\n{\"index\":1}\n{\"index\":2}\n"
        );
        assert_eq!(rendered(&[], json, 0, 1 << 10), "[]\n");
        assert_eq!(rendered(&[], lines, 0, 1 << 10), "");
        for wrong in [json!("none"), json!([1]), json!(7)] {
            assert_eq!(rendered(&[wrong], lines, 0, 1 << 10), "unwritable");
        }
        assert_eq!(rendered(&[json!("none")], json, 0, 1 << 10), "unwritable");
        assert_eq!(rendered(&[json!([1])], json, 0, 1 << 10), "[[1]]\n");
    }

    #[test]
    fn the_last_byte_of_the_budget_can_be_used() {
        let items = [json!({"text": "x".repeat(1_000)})];
        let size = rendered(&items, Format::Json, 1_000, 1 << 20).len();
        for expected in [0, 1_000, size] {
            assert_eq!(rendered(&items, Format::Json, expected, size).len(), size);
            let less = rendered(&items, Format::Json, expected, size - 1);
            assert_eq!(less, "too large");
        }
        assert_eq!(rendered(&items, Format::Json, size + 1, size), "too large");
    }

    #[test]
    fn a_buffer_grows_by_a_quarter_or_by_half_of_what_it_has() {
        let budget = Arc::new(Budget::new(10_000));
        let mut buffer = Buffer {
            bytes: Vec::new(),
            reserved: Reserved {
                budget: budget.clone(),
                bytes: 0,
            },
        };
        let mut ensured = |more: usize| {
            buffer.ensure(more).unwrap();
            let capacity = buffer.bytes.capacity();
            assert_eq!((buffer.reserved.bytes, budget.used()), (capacity, capacity));
            // All of it is used.
            buffer.write_all(&vec![b'x'; more]).unwrap();
            assert_eq!(buffer.bytes.capacity(), capacity);
            capacity
        };
        assert_eq!(ensured(1_000), 1_000 + 250 + 256);
        assert_eq!(ensured(506), 1_506);
        assert_eq!(ensured(1), 1_506 + 753 + 256);
        assert_eq!(ensured(2_000), 3_507 + 876 + 256);
        // What is spare is not there.
        assert_eq!(ensured(6_000), 9_507);
        assert!(buffer.ensure(500).is_err());
        assert_eq!(budget.used(), 9_507);
        drop(buffer);
        assert_eq!(budget.used(), 0);
    }
}
