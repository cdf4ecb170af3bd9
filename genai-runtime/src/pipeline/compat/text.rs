//! Plain texts of a conversation for lists: messages go in, the last question and the answer come out, cut to a limit.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::content::limits::prefix;
use crate::content::message::{InputMessage, OutputMessage, Part};

/// The text of the last message of the user's.
pub(crate) fn question(messages: &[InputMessage], limit: usize) -> Option<String> {
    let of_user = messages.iter().filter(|m| m.role == "user");
    let text = of_user.rev().find_map(|m| text(&m.parts))?;
    Some(cut(text, limit))
}

/// The text of the first answer that has one, else what the first one calls.
pub(crate) fn answer(messages: &[OutputMessage], limit: usize) -> Option<String> {
    let text = messages.iter().find_map(|m| text(&m.parts));
    let text = text.or_else(|| messages.iter().find_map(|m| calls(&m.parts)))?;
    Some(cut(text, limit))
}

/// The tool calls, a line each: `name(arguments)`.
fn calls(parts: &[Part]) -> Option<String> {
    let calls = parts.iter().filter_map(|part| match part {
        Part::ToolCall {
            name, arguments, ..
        } => Some((name, arguments.as_ref())),
        Part::ServerToolCall {
            name,
            server_tool_call,
            ..
        } => Some((name, Some(server_tool_call))),
        _ => None,
    });
    let lines: Vec<String> = calls
        .map(|(name, arguments)| match arguments {
            // Arguments that are no JSON are a string.
            Some(Value::String(text)) => format!("{name}({text})"),
            Some(arguments) => format!("{name}({arguments})"),
            None => format!("{name}()"),
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The text parts, a line each; `None` where there is none.
pub(crate) fn text(parts: &[Part]) -> Option<String> {
    let mut texts = parts.iter().filter_map(|part| match part {
        Part::Text { content } => Some(content.as_str()),
        _ => None,
    });
    let mut text = texts.next()?.to_owned();
    for next in texts {
        text.push('\n');
        text.push_str(next);
    }
    Some(text)
}

/// The text, its end replaced by a mark where it is longer than `limit`.
pub(crate) fn cut(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let start = prefix(&text, limit);
    format!("{start}...[{} bytes cut]", text.len() - start.len())
}

/// A time as RFC 3339 in UTC, to the microsecond.
pub(crate) fn rfc3339(time: SystemTime) -> Option<String> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let micros = since.subsec_micros();
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
    ))
}

/// Year, month and day of a day since 1970, counted in years that begin in March, so that the leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        let at = |seconds, micros| {
            rfc3339(UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(micros))
        };
        assert_eq!(at(0, 0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
        assert_eq!(at(3_723, 0).as_deref(), Some("1970-01-01T01:02:03.000000Z"));
        assert_eq!(
            at(951_782_399, 1).as_deref(),
            Some("2000-02-28T23:59:59.000001Z")
        );
        assert_eq!(
            at(951_782_400, 0).as_deref(),
            Some("2000-02-29T00:00:00.000000Z")
        );
        assert_eq!(
            at(1_767_225_599, 999_999).as_deref(),
            Some("2025-12-31T23:59:59.999999Z")
        );
        assert_eq!(
            at(4_107_542_400, 0).as_deref(),
            Some("2100-03-01T00:00:00.000000Z")
        );
    }

    /// Counted day by day, through years with and without a leap day.
    #[test]
    fn every_day_of_six_centuries_has_its_date() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..220_000 {
            assert_eq!(date(days), (year, month, day), "{days}");
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if is_leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > last {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
        assert!(year > 2_500);
        let early = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(rfc3339(early), None);
    }

    #[test]
    fn the_last_question_counts() {
        use crate::content::message::{assistant, user};
        let messages = [user("a"), assistant("b"), user("c"), assistant("d")];
        assert_eq!(question(&messages, 10).as_deref(), Some("c"));
        assert_eq!(question(&messages[1..2], 10), None);
        assert_eq!(cut("héllo".to_owned(), 2), "h...[5 bytes cut]");
        assert_eq!(cut("hello".to_owned(), 5), "hello");
        assert_eq!(cut("hello".to_owned(), 4), "hell...[1 bytes cut]");
    }

    #[test]
    fn the_answer_is_the_first_text_or_what_is_called() {
        let called = OutputMessage::new("assistant")
            .part(Part::tool_call("c", "add", serde_json::json!({"a": 1})))
            .part(Part::tool_call("d", "say", "hi"))
            .part(Part::server_tool_call(
                "e",
                "search",
                serde_json::json!({"q": "x"}),
            ));
        let lines = "add({\"a\":1})\nsay(hi)\nsearch({\"q\":\"x\"})";
        assert_eq!(
            answer(std::slice::from_ref(&called), 100).as_deref(),
            Some(lines)
        );
        let said = OutputMessage::text("so", "stop").part(Part::text("far"));
        assert_eq!(answer(&[called, said], 100).as_deref(), Some("so\nfar"));
        assert_eq!(answer(&[OutputMessage::new("assistant")], 100), None);
    }
}
