//! Copies of content: they are what was copied, but for what is nested too deep, and no larger than they may be.

use super::bound::{Copied, copies, shortened};
use super::size::Size;
use super::*;

#[test]
fn a_copy_is_what_was_copied() {
    assert!(copies(&every_part(), usize::MAX, 99) == (every_part(), 0));
    assert!(copies(&input(), usize::MAX, 99) == (input(), 0));
    assert!(copies(&output(), usize::MAX, 99) == (output(), 0));
    assert!(copies(&tools(), usize::MAX, 99) == (tools(), 0));
    let documents = [
        Document::new("a", 0.5).field("title", "t"),
        Document::without_score("b"),
    ];
    assert!(copies(&documents, usize::MAX, 99) == (documents.to_vec(), 0));
}

#[test]
fn what_is_nested_too_deep_is_a_mark_in_the_copy() {
    let deep = (0..150).fold(json!(7), |value, _| json!([value]));
    let fields = Map::from_iter([("k".to_owned(), deep.clone())]);
    let is_bounded = |copy: &dyn erased::Json| copy.json().contains(TOO_DEEP);
    for part in [
        Part::tool_call("c", "f", deep.clone()),
        Part::tool_response("c", deep.clone()),
        Part::server_tool_call("c", "f", deep.clone()),
        Part::server_tool_response("c", deep.clone()),
        Part::other("kind", fields.clone()),
    ] {
        assert!(is_bounded(&part.copy()), "{part:?}");
        let message = InputMessage::new("user").part(part.clone());
        assert!(is_bounded(&message.copy()), "{part:?}");
        let message = OutputMessage::new("assistant").part(part.clone());
        assert!(is_bounded(&message.copy()), "{part:?}");
    }
    let tool = ToolDefinition::function("f").parameters(deep.clone());
    assert!(is_bounded(&tool.copy()));
    let document = Document::new("d", 0.5).field("k", deep);
    assert!(is_bounded(&document.copy()));
}

/// JSON as serde_json writes it, which bounds nothing.
mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

#[test]
fn what_fits_is_kept_and_the_rest_is_counted() {
    let parts = [
        Part::text(long(100)),
        Part::reasoning(long(100)),
        Part::text(long(100)),
    ];
    for (bytes, count, kept, cut) in [
        (444, 9, &[100, 100, 100][..], 0),
        (444, 3, &[100, 100, 100], 0),
        (444, 2, &[100, 100], 148),
        (444, 0, &[], 444),
        // The text fits, the allowance for what is around it does not: something was cut.
        (443, 9, &[100, 100, 100], 1),
        (296, 9, &[100, 100, 0], 100),
        (295, 9, &[100, 100], 149),
        (200, 9, &[100, 52], 48 + 148),
        (200, 2, &[100, 52], 48 + 148),
        (0, 9, &[0], 100 + 296),
    ] {
        let (copied, left_out) = copies(&parts, bytes, count);
        let lengths: Vec<usize> = copied.iter().map(|part| part.size() - 48).collect();
        assert_eq!((&*lengths, left_out), (kept, cut), "{bytes} {count}");
        let kinds = copied.iter().zip(&parts);
        assert!(kinds.clone().all(|(copy, part)| copy.kind() == part.kind()));
        assert!(shortened(parts.to_vec(), bytes, count) == (copied, left_out));
    }
}

/// Only texts have a start that makes sense.
#[test]
fn what_cannot_be_cut_is_left_out() {
    fn check<T: Copied + Clone + PartialEq>(item: &T) {
        let cut = item.size();
        assert!(item.start(cut - 1) == (None, cut));
        assert!(item.clone().into_start(cut - 1) == (None, cut));
    }
    for part in every_part() {
        if !matches!(part, Part::Text { .. } | Part::Reasoning { .. }) {
            check(&part);
        }
    }
    tools().iter().for_each(check);
    check(&Document::new("a", 0.5).field("title", "t"));
    let crab = [Part::text("é🦀")];
    assert!(crab[0].start(5) == (Some(Part::text("é")), 4));
    assert!(crab[0].clone().into_start(5) == (Some(Part::text("é")), 4));
}

/// A message is begun where its role and its name fit.
#[test]
fn the_start_of_a_message_has_its_role_and_its_name() {
    let parts = [Part::text(long(100)), Part::text(long(100))];
    let input = InputMessage::new("user")
        .name("robert")
        .parts(parts.clone());
    let answer = OutputMessage::text(long(100), "stop").part(parts[1].clone());
    let answer = answer.name("robert");
    for (bytes, first) in [(10, 10), (13, 13), (15, 15), (100, 100)] {
        let start = |is_begun: bool| is_begun.then(|| vec![Part::text(long(first))]);
        let cut = 100 - first + 148;
        let cut = if first == 100 { 149 } else { cut };
        let expected =
            start(true).map(|parts| InputMessage::new("user").name("robert").parts(parts));
        assert!(input.start(bytes) == (expected.clone(), cut), "{bytes}");
        assert!(
            input.clone().into_start(bytes) == (expected, cut),
            "{bytes}"
        );
        let expected = start(bytes >= 15).map(|parts| {
            let message = OutputMessage::new("assistant").parts(parts);
            message.finish_reason("stop").name("robert")
        });
        assert!(answer.start(bytes) == (expected.clone(), cut), "{bytes}");
        assert!(
            answer.clone().into_start(bytes) == (expected, cut),
            "{bytes}"
        );
    }
    assert!(input.start(9) == (None, 91 + 148));
    assert!(input.clone().into_start(9) == (None, 91 + 148));
}
