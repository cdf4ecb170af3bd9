//! Recognises the format of a request, a response or a chunk by the names of its fields.
//!
//! In comes a value; which fields it has is noted, and the first rule of a table that holds names the format. The rules, their order
//! and their reasons are the tables of [`asked`] and [`answered`].

mod answered;
mod asked;

pub(super) use answered::{Sniffing, response};
pub(super) use asked::request;

use super::walk::Receiver;
use crate::extract::format::Format;

/// Which fields were seen.
#[derive(Default)]
struct Shape {
    seen: u64,
    /// Those of which one alone names the format, where that is to be known before all have come.
    decisive: u64,
    /// What had been seen when the first of those came.
    decided: u64,
}

impl Receiver for Shape {
    fn wants_content(&self) -> bool {
        false
    }
}

impl Shape {
    /// Notes that fields were seen.
    fn note(&mut self, bits: u64) {
        self.seen |= bits;
        if self.decided == 0 && self.has(self.decisive) {
            self.decided = self.seen;
        }
    }

    /// Whether one of them was seen.
    fn has(&self, bits: u64) -> bool {
        self.seen & bits != 0
    }

    /// Whether all of them were.
    fn has_all(&self, bits: u64) -> bool {
        self.seen & bits == bits
    }
}

/// One way to recognise a format.
struct Rule {
    format: Format,
    holds: fn(&Shape) -> bool,
    /// Why the rule is right, and right at its place in the table.
    #[cfg_attr(not(test), allow(dead_code, reason = "for whoever reads the table"))]
    because: &'static str,
}

/// The format of the first rule of `table` that holds.
fn first(table: &[Rule], shape: &Shape) -> Option<Format> {
    let rule = table.iter().find(|rule| (rule.holds)(shape))?;
    Some(rule.format)
}

/// Names bits for groups of fields, and makes the table that notes them. Arms before the groups are written out.
macro_rules! shapes {
    ($table:ident { $($arm:pat => $want:expr,)* } $($bit:ident = $n:literal: $($field:literal)|+;)*) => {
        $(const $bit: u64 = 1 << $n;)*

        fn $table(key: &str) -> $crate::extract::wire::walk::Want<super::Shape> {
            match key {
                $($arm => $want,)*
                $($($field)|+ => $crate::extract::wire::walk::Want::Note(|shape| shape.note($bit)),)*
                _ => $crate::extract::wire::walk::Want::Skip,
            }
        }
    };
}
use shapes;

#[cfg(test)]
mod tests {
    use super::{Rule, answered, asked};

    /// Rules are kept with their reasons; a rule without one, or twice the same, is a mistake.
    fn each_has_a_reason_of_its_own(table: &[Rule]) {
        for (at, rule) in table.iter().enumerate() {
            assert!(
                rule.because.len() > 20,
                "{:?}: {}",
                rule.format,
                rule.because
            );
            let before = table.iter().take(at);
            assert!(before.clone().all(|other| other.because != rule.because));
        }
    }

    #[test]
    fn reasons() {
        each_has_a_reason_of_its_own(asked::RULES);
        each_has_a_reason_of_its_own(answered::RULES);
    }
}
