//! The bytes that are held of an event under way: pieces go in, and the room for them stays within the bound.

/// Holds more bytes of an event, of which no more than `most` are ever held: the room for them does not grow beyond that.
pub(super) fn hold(held: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let len = held.len() + bytes.len();
    if len > held.capacity() && held.capacity() > most / 2 {
        held.reserve_exact(most.max(len) - held.len());
    }
    held.extend_from_slice(bytes);
}
