//! A set of attributes.

use crate::semconv::registry::Id;

/// One bit per attribute of the registry. Two words, not one of 128 bits: a test and a change are one instruction each.
#[derive(Clone, Copy)]
pub(crate) struct Bits([u64; 2]);

#[allow(clippy::indexing_slicing, reason = "an index is 0 or 1")]
impl Bits {
    pub(crate) const NONE: Self = Self([0; 2]);
    pub(crate) const ALL: Self = Self([u64::MAX; 2]);

    pub(crate) const fn of(id: Id) -> Self {
        let mut bits = [0; 2];
        bits[(id >> 6 & 1) as usize] = 1 << (id & 63);
        Self(bits)
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    #[inline]
    pub(crate) fn has(&self, id: Id) -> bool {
        self.0[usize::from(id >> 6 & 1)] >> (id & 63) & 1 != 0
    }

    /// Whether any of `which` was in it and is not in `now`.
    #[inline]
    pub(crate) fn lost(&self, now: Self, which: Self) -> bool {
        (self.0[0] & !now.0[0] & which.0[0]) | (self.0[1] & !now.0[1] & which.0[1]) != 0
    }

    #[inline]
    pub(crate) fn insert(&mut self, id: Id) {
        self.0[usize::from(id >> 6 & 1)] |= 1 << (id & 63);
    }

    #[inline]
    pub(crate) fn insert_all(&mut self, other: Self) {
        *self = self.with(other);
    }

    #[inline]
    pub(crate) fn remove(&mut self, id: Id) {
        self.0[usize::from(id >> 6 & 1)] &= !(1 << (id & 63));
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn every_attribute_has_a_bit_of_its_own() {
        for id in 0..128 {
            let mut all = Bits::ALL;
            all.remove(id);
            assert!((0..128).all(|other| all.has(other) != (other == id)));
            assert!((0..128).all(|other| Bits::of(id).has(other) == (other == id)));
            assert!((0..128).all(|other| Bits::ALL.lost(all, Bits::of(other)) == (other == id)));
        }
    }
}
