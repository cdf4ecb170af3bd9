//! What writing costs: one allocation, and about half of what `serde_json` takes (measured on request).

use std::hint::black_box;
use std::time::Instant;

use super::*;

/// Ten messages of 200 characters with about eight escapes each.
fn ten() -> Vec<InputMessage> {
    let line = "The quick brown fox \"jumps\" over the lazy dog\nand runs away into the woods, ";
    let text: String = line.chars().cycle().take(200).collect();
    (0..10)
        .map(|i| {
            InputMessage::new(if i % 2 == 0 { "user" } else { "assistant" })
                .part(Part::text(text.clone()))
        })
        .collect()
}

#[test]
fn the_text_never_grows() {
    for messages in [ten(), vec![user("x")], vec![user("long ".repeat(10_000))]] {
        let text = render_list(&messages, usize::MAX).unwrap();
        let size: usize = messages.iter().map(size::Size::size).sum();
        assert_eq!(text.capacity(), size + size / 16 + 16);
        assert!(text.capacity() < text.len() + text.len() / 4 + 100);
    }
}

#[test]
#[ignore = "a measurement: run it in a release build with --nocapture"]
fn ratio() {
    #[derive(serde::Serialize)]
    struct Message<'a> {
        role: &'a str,
        parts: [Text<'a>; 1],
    }
    #[derive(serde::Serialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Text<'a> {
        Text { content: &'a str },
    }
    let messages = ten();
    let view: Vec<_> = messages
        .iter()
        .map(|m| match &m.parts[0] {
            Part::Text { content } => Message {
                role: &m.role,
                parts: [Text::Text { content }],
            },
            _ => unreachable!(),
        })
        .collect();
    let time = |f: &dyn Fn() -> usize| {
        let start = Instant::now();
        for _ in 0..2000 {
            black_box(f());
        }
        start.elapsed().as_secs_f64() / 2000.0 * 1e9
    };
    let mut ratios: Vec<(f64, f64, f64)> = (0..201)
        .map(|_| {
            let ours = time(&|| render_list(black_box(&messages), 256 * 1024).unwrap().len());
            let theirs = time(&|| serde_json::to_string(black_box(&view)).unwrap().len());
            (ours / theirs, ours, theirs)
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, ours, theirs) = ratios[100];
    println!("{ours:.0} ns, serde_json {theirs:.0} ns, ratio {ratio:.3}");
    assert!(ratio <= 0.70, "{ratio}");
}
