//! What consists of digits: a text goes in; the ranges of its cards, bank accounts and phone numbers come out.
//!
//! At each group of digits no more is read than the longest number of its kind has, so the time is linear in the text.

use std::sync::LazyLock;

use regex::Regex;

use super::secrets::{Add, begins};

/// The most digits that are read from one place; no number looked for has more than 19.
const MOST: usize = 20;

/// Digits in groups.
struct Run {
    digits: [u8; MOST],
    count: usize,
    /// Of each group, how many digits there are up to its end, where that is in the text, and what separates it from the next.
    groups: [(usize, usize, u8); MOST],
    group_count: usize,
}

impl Run {
    /// The digits from `start` on, in groups with one of `separators` between them.
    fn at(text: &[u8], start: usize, separators: &[u8]) -> Self {
        let mut run = Self {
            digits: [0; MOST],
            count: 0,
            groups: [(0, 0, 0); MOST],
            group_count: 0,
        };
        let mut at = start;
        loop {
            while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
                let Some(place) = run.digits.get_mut(run.count) else {
                    // Longer than anything that is looked for: a group that is not whole is none.
                    return run;
                };
                *place = digit - b'0';
                run.count += 1;
                at += 1;
            }
            let separator = text.get(at).copied().unwrap_or_default();
            if let Some(group) = run.groups.get_mut(run.group_count) {
                *group = (run.count, at, separator);
                run.group_count += 1;
            }
            // A number in brackets, or the bracket and a space after an area code.
            let rest = text.get(at..).unwrap_or_default().iter().take(3);
            let length = rest.take_while(|byte| separators.contains(byte)).count();
            let next = at + length;
            let is_one = length == 1
                || text
                    .get(at..next)
                    .is_some_and(|s| matches!(s, b") " | b" (" | b")-" | b" - " | b") ("));
            if !is_one || !text.get(next).is_some_and(u8::is_ascii_digit) {
                return run;
            }
            at = next;
        }
    }

    fn groups(&self) -> &[(usize, usize, u8)] {
        self.groups.get(..self.group_count).unwrap_or_default()
    }

    /// Where it ends, if its last group is whole; else the start of the text, where nothing ends.
    fn end(&self) -> usize {
        let last = self.groups().last();
        last.filter(|group| group.0 == self.count)
            .map_or(0, |group| group.1)
    }

    /// Leaves out what stands after the first space; whether there is one.
    fn cut_at_space(&mut self) -> bool {
        let space = self.groups().iter().position(|group| group.2 == b' ');
        if let Some(group) = space.and_then(|at| self.groups().get(at)) {
            self.count = group.0;
            self.group_count = space.map_or(0, |at| at + 1);
        }
        space.is_some()
    }

    fn digits(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }

    /// The lengths of the groups.
    fn lengths(&self) -> impl Iterator<Item = usize> + '_ {
        let ends = self.groups().iter().map(|group| group.0);
        let starts = std::iter::once(0).chain(ends.clone());
        ends.zip(starts).map(|(end, start)| end - start)
    }
}

/// Where groups of digits begin.
fn starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let start = at + rest.iter().position(u8::is_ascii_digit)?;
        let rest = bytes.get(start..)?;
        at = start + rest.iter().take_while(|b| b.is_ascii_digit()).count();
        Some(start)
    })
}

fn byte(text: &str, at: usize) -> Option<u8> {
    text.as_bytes().get(at).copied()
}

fn byte_before(text: &str, at: usize, back: usize) -> Option<u8> {
    byte(text, at.checked_sub(back)?)
}

/// Whether a number ends at `end`: neither a word nor a decimal goes on there.
fn ends(text: &str, end: usize) -> bool {
    match byte(text, end) {
        Some(b'.' | b',') => !byte(text, end + 1).is_some_and(|b| b.is_ascii_digit()),
        Some(b'_') => false,
        next => !next.is_some_and(|b| b.is_ascii_alphanumeric()),
    }
}

/// Whether a number begins at `start`: it is neither the end of a word nor that of a decimal.
fn is_start(text: &str, start: usize) -> bool {
    let is_decimal = matches!(byte_before(text, start, 1), Some(b'.' | b','))
        && byte_before(text, start, 2).is_some_and(|b| b.is_ascii_digit());
    begins(text, start) && !is_decimal
}

/// The group of four before the one at `start`: a longer number may have begun there.
fn group_before(text: &str, start: usize) -> Option<&[u8]> {
    let from = start.checked_sub(5)?;
    let (separator, group) = text.as_bytes().get(from..start)?.split_last()?;
    let is_group = *separator == b' ' && group.iter().all(u8::is_ascii_alphanumeric);
    (is_group && begins(text, from)).then_some(group)
}

/// The first four characters of an account number.
fn is_head(group: &[u8]) -> bool {
    matches!(group, [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9'])
}

pub(super) fn cards(text: &str, add: Add<'_>) {
    let mut done = 0;
    for start in starts(text) {
        if start < done || !is_start(text, start) {
            continue;
        }
        // An account number that is wrong is no card either.
        if group_before(text, start).is_some_and(is_head) {
            continue;
        }
        let run = Run::at(text.as_bytes(), start, b" -");
        // The longest that is one.
        for (last, &(count, end, _)) in run.groups().iter().enumerate().rev() {
            let digits = run.digits().get(..count).unwrap_or_default();
            let separators = run.groups().get(..last).unwrap_or_default();
            let is_uniform = separators.windows(2).all(|pair| match pair {
                [a, b] => a.2 == b.2,
                _ => true,
            });
            let lengths: [usize; 5] = {
                let mut lengths = run.lengths().take(last + 1);
                std::array::from_fn(|_| lengths.next().unwrap_or_default())
            };
            let is_grouped = last < 5
                && matches!(
                    lengths,
                    [13..=19, 0, 0, 0, 0] | [4, 4, 4, 4, 0..=3] | [4, 6, 4 | 5, 0, 0]
                );
            if is_grouped
                && is_uniform
                && ends(text, end)
                && has_issuer(digits)
                && has_check_digit(digits)
            {
                add(start, end);
                done = end;
                break;
            }
        }
    }
}

/// Whether an issuer's numbers begin so and are as long.
fn has_issuer(digits: &[u8]) -> bool {
    let first = |count: usize| {
        let digits = digits.get(..count).unwrap_or_default();
        digits.iter().fold(0_u32, |n, d| n * 10 + u32::from(*d))
    };
    let length = digits.len();
    match first(2) {
        34 | 37 => length == 15,
        30 | 36 | 38 | 39 => (14..=19).contains(&length),
        35 => (3528..=3589).contains(&first(4)) && (16..=19).contains(&length),
        40..=49 => matches!(length, 13 | 16 | 19),
        51..=55 => length == 16,
        20..=27 => {
            let is_mastercard = (2221..=2720).contains(&first(4)) && length == 16;
            is_mastercard || ((2200..=2204).contains(&first(4)) && (16..=19).contains(&length))
        }
        60 | 62 | 64 | 65 => (16..=19).contains(&length),
        50 | 56..=58 | 61 | 63 | 66..=69 => (13..=19).contains(&length),
        _ => false,
    }
}

/// Luhn's sum, which is right of zeros alone as well: no issuer has those.
fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit @ 5..) => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum % 10 == 0
}

/// The lengths of the account numbers of each country.
const COUNTRIES: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
    EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 \
    LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 \
    RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

fn length_in(country: [u8; 2]) -> Option<usize> {
    let entry = COUNTRIES
        .split(' ')
        .find(|entry| entry.as_bytes().starts_with(&country))?;
    entry.get(2..)?.parse().ok()
}

pub(super) fn ibans(text: &str, add: Add<'_>) {
    for digits in starts(text) {
        let Some(start) = digits.checked_sub(2) else {
            continue;
        };
        let country = match (byte(text, start), byte(text, start + 1)) {
            (Some(a), Some(b)) => [a.to_ascii_uppercase(), b.to_ascii_uppercase()],
            _ => continue,
        };
        if !country.iter().all(u8::is_ascii_uppercase) || !begins(text, start) {
            continue;
        }
        let Some(end) = length_in(country).and_then(|length| account(text, start, length)) else {
            continue;
        };
        add(start, end);
    }
}

/// The end of an account number of this length at `start`, if its check digits are right.
fn account(text: &str, start: usize, length: usize) -> Option<usize> {
    let (mut at, mut count) = (start, 0);
    // The number is read with its first four characters last.
    let (mut rest, mut head) = (0_u32, 0_u32);
    let push = |sum: u32, byte: u8| -> Option<u32> {
        let value = char::from(byte).to_digit(36)?;
        let shift = if value > 9 { 100 } else { 10 };
        Some((sum * shift + value) % 97)
    };
    // These are written, but never calculated.
    let check = text.get(start + 2..start + 4)?;
    if matches!(check, "00" | "01" | "99") {
        return None;
    }
    let mut head_digits = 0_u32;
    while count < length {
        let next = byte(text, at)?;
        if next.is_ascii_alphanumeric() {
            if count < 4 {
                head = push(head, next)?;
                head_digits += if next.is_ascii_digit() { 1 } else { 2 };
            } else {
                rest = push(rest, next)?;
            }
            count += 1;
        } else if !matches!(next, b' ' | b'-')
            || !byte(text, at + 1).is_some_and(|b| b.is_ascii_alphanumeric())
        {
            return None;
        }
        at += 1;
    }
    // Two letters, a digit and one more character have seven digits at most.
    let shifted = rest * 10_u32.pow(head_digits);
    let is_whole = !byte(text, at).is_some_and(|b| b.is_ascii_alphanumeric());
    (is_whole && (shifted + head) % 97 == 1).then_some(at)
}

/// A number after a word that says that it is one.
pub(super) static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix-u) \b (?: tele(?:phone|fon|fono) | phone | mobile | tel | fax | whatsapp | handy | portable )
        (?: [\ _-]? (?:number|no|nr) )? (?: [\ ] is )? ["'\\.:=\#\ ]{1,6}
        ( \(? [0-9] [0-9\ ./()\-]{5,20} [0-9] )"#,
    )
    .ok()
});

pub(super) fn phones(text: &str, add: Add<'_>) {
    const SEPARATORS: &[u8] = b" .-/()";
    let mut done = 0;
    for start in starts(text) {
        if start < done {
            continue;
        }
        // A bracket and a plus sign belong to the number.
        let before = byte_before(text, start, 1);
        let (first, is_international) = match (byte_before(text, start, 2), before) {
            (_, Some(b'+')) => (start - 1, true),
            (Some(b'+'), Some(b'(')) => (start - 2, true),
            (_, Some(b'(')) => (start - 1, false),
            _ => (start, false),
        };
        let is_part = matches!(
            byte_before(text, first, 1),
            Some(b'.' | b'-' | b'/' | b'_' | b'+' | b'=' | b'#' | b'$')
        );
        // The groups before belong to a longer number that is none.
        let is_inside = group_before(text, start)
            .is_some_and(|group| is_head(group) || group.iter().all(u8::is_ascii_digit));
        if !is_start(text, first) || ((is_part || is_inside) && !is_international) {
            continue;
        }
        let mut run = Run::at(text.as_bytes(), start, SEPARATORS);
        let mut end = run.end();
        let is_phone = |run: &Run, end: usize| {
            let is_one = if is_international {
                (9..=15).contains(&run.count) && run.digits().first() != Some(&0)
            } else {
                is_north_american(run) || is_national(run)
            };
            is_one && end != 0 && ends(text, end)
        };
        // Another number may follow after a space.
        if !is_phone(&run, end) && run.cut_at_space() {
            end = run.end();
        }
        if is_phone(&run, end) {
            add(first, end);
            done = end;
        }
    }
    let Some(pattern) = &*NAMED else { return };
    for found in pattern.captures_iter(text) {
        let Some(number) = found.get(1) else { continue };
        let bracket = usize::from(number.as_str().starts_with('('));
        let run = Run::at(text.as_bytes(), number.start() + bracket, SEPARATORS);
        let end = run.end();
        // Of no more than 15 digits the last group is whole.
        if (7..=15).contains(&run.count) && ends(text, end) && !is_date(&run) {
            add(number.start(), end);
        }
    }
}

/// `415-555-0132`, with a 1 before it or not.
fn is_north_american(run: &Run) -> bool {
    let lengths: Vec<usize> = run.lengths().collect();
    let digits = match (lengths.as_slice(), run.digits()) {
        ([3, 3, 4], digits) => digits,
        ([1, 3, 3, 4], [1, digits @ ..]) => digits,
        _ => return false,
    };
    matches!(digits, [2..=9, _, _, 2..=9, ..])
}

/// A leading zero, an area code and groups after it; or two zeros and a country.
fn is_national(run: &Run) -> bool {
    let lengths: Vec<usize> = run.lengths().collect();
    let is_grouped = lengths.len() >= 2 && lengths.iter().all(|length| *length >= 2);
    match run.digits() {
        [0, 0, 1..=9, ..] => is_grouped && (11..=17).contains(&run.count),
        [0, 1..=9, ..] => {
            let has_area = lengths.first().is_some_and(|length| *length <= 5);
            is_grouped && has_area && (9..=12).contains(&run.count) && !is_date(run)
        }
        _ => false,
    }
}

/// A day, or a day and an hour.
fn is_date(run: &Run) -> bool {
    let lengths: Vec<usize> = run.lengths().collect();
    let number = |from: usize, to: usize| {
        let digits = run.digits().get(from..to).unwrap_or_default();
        digits.iter().fold(0_u32, |n, d| n * 10 + u32::from(*d))
    };
    match lengths.as_slice() {
        [2, 2, 4, ..] => number(0, 2) <= 31 && number(2, 4) <= 31,
        [4, 2, 2, ..] => number(4, 6) <= 12 && number(6, 8) <= 31,
        _ => false,
    }
}
