//! Text for a terminal: colors, widths, units, and a writer that never fails.
//!
//! In come strings of unknown origin and numbers; out go columns that fit the terminal and carry no control characters.

use std::fmt::{self, Write as _};
use std::io::{IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::diag::call_out::{CallOut, contained};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// When to write colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColorChoice {
    /// Where standard error or standard output is written to and is a terminal, unless `NO_COLOR` is set to anything but the
    /// empty string; with `CLICOLOR_FORCE` set to anything but `0`, also where it is not a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a piece of text is, which decides its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Faint,
    Number,
    Error,
    Content,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        match self {
            Style::Plain => None,
            Style::Strong => Some("1"),
            Style::Faint => Some("2"),
            Style::Number => Some("36"),
            Style::Error => Some("31"),
            Style::Content => Some("32"),
        }
    }
}

/// Where the output goes.
pub(super) enum Target {
    Stderr,
    Stdout,
    Writer(Box<dyn Write + Send>),
}

impl Target {
    fn is_terminal(&self) -> bool {
        match self {
            Target::Stderr => std::io::stderr().is_terminal(),
            Target::Stdout => std::io::stdout().is_terminal(),
            Target::Writer(_) => false,
        }
    }

    fn open(self) -> Box<dyn Write + Send> {
        match self {
            Target::Stderr => Box::new(std::io::stderr()),
            Target::Stdout => Box::new(std::io::stdout()),
            Target::Writer(writer) => writer,
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Target::Stderr => "Stderr",
            Target::Stdout => "Stdout",
            Target::Writer(_) => "Writer",
        })
    }
}

/// Where the output goes and how it may look.
#[derive(Clone)]
pub(super) struct Terminal {
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    pub(super) color: bool,
    pub(super) width: usize,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("color", &self.color)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Terminal {
    pub(super) fn new(target: Target, color: ColorChoice, width: Option<usize>) -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR").is_some() => false,
            ColorChoice::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            ColorChoice::Auto => {
                target.is_terminal() && set("TERM").is_none_or(|value| value != "dumb")
            }
        };
        let columns = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
        Terminal {
            writer: Arc::new(Mutex::new(target.open())),
            color,
            width: width.or_else(columns).unwrap_or(100).clamp(60, 400),
        }
    }

    /// Writes `text` in one piece; a reader that went away is no error of ours.
    pub(super) fn write(&self, text: &str) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = contained(CallOut::Writer, || {
            writer
                .write_all(text.as_bytes())
                .and_then(|()| writer.flush())
        });
    }

    /// A line to be filled column by column.
    pub(super) fn line(&self) -> Line {
        Line {
            text: String::new(),
            used: 0,
            width: self.width,
            color: self.color,
        }
    }
}

/// One line of output that knows how many columns it takes.
pub(super) struct Line {
    text: String,
    used: usize,
    width: usize,
    color: bool,
}

impl Line {
    /// Appends as much of `text` as fits, cut with an ellipsis.
    pub(super) fn push(&mut self, text: &str, style: Style) -> &mut Self {
        let text = fit(&clean(text), self.width.saturating_sub(self.used));
        self.used += text.width();
        match style.code().filter(|_| self.color && !text.is_empty()) {
            Some(code) => {
                let _ = write!(self.text, "\x1b[{code}m{text}\x1b[0m");
            }
            None => self.text.push_str(&text),
        }
        self
    }

    /// Appends `text`, cut to `columns` and padded to them on the right.
    pub(super) fn left(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let end = self.used + columns;
        self.push(&fit(&clean(text), columns), style).pad_to(end)
    }

    /// Appends `text`, cut to `columns` and padded to them on the left.
    pub(super) fn right(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let text = fit(&clean(text), columns);
        let end = self.used + columns - text.width().min(columns);
        self.pad_to(end).push(&text, style)
    }

    /// Fills with blanks up to the column.
    pub(super) fn pad_to(&mut self, column: usize) -> &mut Self {
        while self.used < column.min(self.width) {
            self.text.push(' ');
            self.used += 1;
        }
        self
    }

    /// How many columns are left.
    pub(super) fn room(&self) -> usize {
        self.width.saturating_sub(self.used)
    }

    /// Ends the line and appends it to `out`, without blanks at its end.
    pub(super) fn end(&mut self, out: &mut String) {
        out.push_str(self.text.trim_end_matches(' '));
        out.push('\n');
    }
}

/// `text` with every character that could move the cursor or change the terminal's state made visible.
pub(super) fn clean(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(harmful) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            c if harmful(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    clean.into()
}

/// Control characters, and the marks that reorder the text around them.
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// `text` when it fits into `columns`, else its beginning and an ellipsis.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > columns {
            break;
        }
        cut.push(c);
    }
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// `text` broken at blanks into at most `lines` lines of `columns`, the last one cut.
pub(super) fn wrap(text: &str, columns: usize, lines: usize) -> Vec<String> {
    let text = clean(text);
    let mut broken: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = broken.len() == lines;
        match broken.last_mut() {
            Some(line) if full || line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
                if line.width() > columns {
                    // More than the last line holds: `fit` marks it as cut.
                    break;
                }
            }
            _ => broken.push(word.to_owned()),
        }
    }
    broken.iter().map(|line| fit(line, columns)).collect()
}

/// A duration as a person would say it: `0.4 ms`, `412 ms`, `1.82 s`, `2 m 05 s`.
pub(super) fn duration(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    if millis < 0.95 {
        format!("{} µs", (millis * 1e3).round())
    } else if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if millis < 9_995.0 {
        format!("{:.2} s", millis / 1e3)
    } else if millis < 59_950.0 {
        format!("{:.1} s", millis / 1e3)
    } else {
        let seconds = (millis / 1e3).round() as u64;
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    }
}

/// A duration given in seconds, as a float; what is not a duration is `-`.
pub(super) fn seconds(seconds: f64) -> String {
    Duration::try_from_secs_f64(seconds).map_or_else(|_| "-".to_owned(), duration)
}

/// A count with thousands separated: `12 345`.
pub(super) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A number with two decimals at most, or as many as show two digits of a small one: `12 345`, `0.25`, `0.00012`.
pub(super) fn number(value: f64) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !value.is_finite() {
        return "-".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < EXACT {
        return count(value as i64);
    }
    let digits = if value.abs() < 1.0 {
        (1.0 - value.abs().log10().floor()).min(12.0) as usize
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `24→7`, with a dash where one of the two is not known; nothing when neither is.
pub(super) fn tokens(input: Option<i64>, output: Option<i64>) -> String {
    match (input, output) {
        (None, None) => String::new(),
        (input, None) => input.map(count).unwrap_or_default(),
        (None, Some(output)) => format!("-→{}", count(output)),
        (Some(input), Some(output)) => format!("{}→{}", count(input), count(output)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_person_would_say_them() {
        let ms = |ms: f64| duration(Duration::from_secs_f64(ms / 1e3));
        assert_eq!(ms(0.0), "0 µs");
        assert_eq!(ms(0.4), "400 µs");
        assert_eq!(ms(0.96), "1.0 ms");
        assert_eq!(ms(9.96), "10 ms");
        assert_eq!(ms(412.3), "412 ms");
        assert_eq!(ms(999.6), "1.00 s");
        assert_eq!(ms(1_820.0), "1.82 s");
        assert_eq!(ms(59_960.0), "1 m 00 s");
        assert_eq!(ms(125_000.0), "2 m 05 s");
        assert_eq!(seconds(f64::NAN), "-");
    }

    #[test]
    fn control_characters_and_reordering_marks_are_shown_not_obeyed() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c d");
        assert_eq!(clean("plain ünïcode 気"), "plain ünïcode 気");
    }

    #[test]
    fn cuts_by_columns_not_by_bytes() {
        assert_eq!(fit("気気気", 5), "気気…");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(wrap("one two three four", 9, 2), ["one two", "three fo…"]);
        assert_eq!(wrap("one two", 9, 2), ["one two"]);
    }

    #[test]
    fn columns_line_up_with_and_without_color() {
        for color in [false, true] {
            let terminal = Terminal {
                writer: Arc::new(Mutex::new(Box::new(Vec::new()))),
                color,
                width: 20,
            };
            let mut line = terminal.line();
            line.left("ab", 5, Style::Strong)
                .right("7", 4, Style::Number)
                .push(" a long tail that is cut", Style::Plain);
            assert_eq!(line.used, 20);
            let mut out = String::new();
            line.end(&mut out);
            let plain = out
                .replace("\x1b[1m", "")
                .replace("\x1b[36m", "")
                .replace("\x1b[0m", "");
            assert_eq!(plain, "ab      7 a long ta…\n");
            assert_eq!(out.contains('\x1b'), color);
        }
    }

    #[test]
    fn token_counts() {
        assert_eq!(tokens(Some(24), Some(7)), "24→7");
        assert_eq!(tokens(Some(8), None), "8");
        assert_eq!(tokens(None, Some(7)), "-→7");
        assert_eq!(tokens(None, None), "");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(-1_000), "-1\u{202f}000");
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-0.5, "-0.5"),
            (2.0, "2"),
            (12_345.0, "12\u{202f}345"),
            (1_234.567, "1234.57"),
            (0.25, "0.25"),
            (0.000_123_4, "0.00012"),
            (1e-300, "0"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_reader_that_went_away_is_ignored() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        Terminal::new(Target::Writer(Box::new(Broken)), ColorChoice::Never, None).write("text");
    }
}
