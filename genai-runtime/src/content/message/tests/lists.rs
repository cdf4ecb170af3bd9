//! In which order a list does what to its elements, which write that down here: what is begun, closed, begun again where the end of the
//! text is written a second time, and let go of.

use std::cell::RefCell;
use std::rc::Rc;

use super::list::Items;
use super::out::Out;
use super::render::Element;
use super::size::Size;
use super::*;

/// Text that ends further from the end than that is never written again.
const TAIL: usize = 16 << 10;

/// An element of so many bytes.
#[derive(Clone)]
struct Noted {
    name: char,
    bytes: usize,
    notes: Rc<RefCell<Vec<String>>>,
}

impl Noted {
    fn note(&self, what: &str) {
        let note = format!("{what} {}", self.name);
        self.notes.borrow_mut().push(note);
    }
}

impl Size for Noted {
    fn size(&self) -> usize {
        self.bytes
    }
}

impl Element for Noted {
    fn begin(&self, out: &mut Out) -> bool {
        self.note("begin");
        out.raw(&self.name.to_string().repeat(self.bytes));
        true
    }

    fn begin_given(&mut self, out: &mut Out) -> bool {
        self.note("give");
        let fits = self.bytes <= out.room();
        if fits {
            out.raw(&self.name.to_string().repeat(self.bytes));
        }
        fits
    }

    fn stub(&self, _: &mut Out) {
        self.note("stub");
    }

    fn mark(out: &mut Out, bytes: usize) {
        out.raw("!");
        out.number(bytes);
    }

    fn end(&self, _: &mut Out, _: Ended) {
        self.note("end");
    }

    fn empty(&mut self) {
        self.note("empty");
    }
}

/// What becomes of elements `a`, `b`, .. of so many bytes: the text and the notes.
fn of(
    sizes: &[usize],
    is_given: bool,
    before: usize,
    end: usize,
    count: usize,
) -> (Option<String>, String) {
    let notes = Rc::new(RefCell::new(Vec::new()));
    let items: Vec<Noted> = sizes
        .iter()
        .zip('a'..)
        .map(|(bytes, name)| Noted {
            name,
            bytes: *bytes,
            notes: Rc::clone(&notes),
        })
        .collect();
    let text = if is_given {
        list::list(Items::Given(items), before, end, count, Ended::Well, false)
    } else {
        list::list(Items::Lent(&items), before, end, count, Ended::Well, false)
    };
    let notes = notes.borrow().join(", ");
    (text, notes)
}

fn text(parts: &[(char, usize)], end: &str) -> Option<String> {
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, bytes)| name.to_string().repeat(*bytes))
        .collect();
    Some(format!("[{}{end}]", parts.join(",")))
}

#[test]
fn what_fits_is_written_once_and_let_go_of_far_from_the_end() {
    let whole = text(&[('a', 100), ('b', 100), ('c', 100)], "");
    let lent = "begin a, end a, begin b, end b, begin c, end c";
    let given = "begin a, end a, begin b, empty a, end b, begin c, empty b, end c";
    // After the second element the text has 202 bytes, after the third 303.
    let first = "begin a, end a, begin b, empty a, end b, begin c, end c";
    for (is_given, end, notes) in [
        (false, usize::MAX, lent),
        (false, 304, lent),
        (true, usize::MAX, given),
        (true, TAIL + 303, given),
        (true, TAIL + 302, first),
        (true, TAIL + 202, first),
        (true, TAIL + 201, lent),
        (true, 304, lent),
    ] {
        let (found, noted) = of(&[100, 100, 100], is_given, 0, end, 9);
        assert_eq!(noted, notes, "{is_given} {end}");
        assert_eq!(found, whole);
    }
    assert_eq!(of(&[], true, 7, usize::MAX, 9), (None, String::new()));
}

/// The second pass begins with the last element that is far enough from the end, and closes it.
#[test]
fn only_the_end_of_a_text_is_written_again() {
    let sizes = [100, 100, TAIL + 200];
    let (found, notes) = of(&sizes, true, 0, TAIL + 300, 9);
    assert_eq!(
        notes,
        "begin a, end a, begin b, empty a, end b, begin c, end c, end b, give c, end b"
    );
    let mark = format!("!{}", TAIL + 200);
    assert_eq!(found, text(&[('a', 100), ('b', 100)], &mark));
    // Near its end all of it is.
    let (found, notes) = of(&[100, 100, 2_000], true, 0, 2_000, 9);
    let first = "begin a, end a, begin b, end b, begin c, end c";
    let second = "give a, end a, give b, empty a, end b, give c, end b";
    assert_eq!(notes, format!("{first}, {second}"));
    assert_eq!(found, text(&[('a', 100), ('b', 100)], "!2000"));
}

#[test]
fn what_is_far_too_large_is_cut_at_once() {
    let begun = |sizes: &[usize], before, end| {
        let (_, notes) = of(sizes, true, before, end, 9);
        notes.starts_with("begin")
    };
    // More than twice as large as what may be written.
    assert!(!begun(&[100, 3_000], 0, 1_549));
    assert!(begun(&[100, 3_000], 0, 1_550));
    // What was already cut to the cap, and is larger than what is left of it.
    assert!(!begun(&[600, 600], 5, 1_199));
    assert!(begun(&[600, 600], 5, 1_200));
    assert!(begun(&[600, 600], 0, 1_199));
    assert!(begun(&[600, 600], 5, 5_000));
    let (found, notes) = of(&[100, 3_000], true, 0, 1_000, 9);
    assert_eq!(notes, "give a, end a, give b, end a");
    assert_eq!(found, text(&[('a', 100)], "!3000"));
    // A small one fits though it is thought to be larger.
    let tool = [ToolDefinition::other("", "")];
    let whole = r#"[{"type":"","name":""}]"#;
    assert_eq!(render_list(&tool, 24).as_deref(), Some(whole));
}

#[test]
fn what_is_over_the_count_is_only_counted() {
    let (found, notes) = of(&[100, 100, 30, 40], false, 7, usize::MAX, 2);
    assert_eq!(notes, "begin a, end a, begin b, end b");
    assert_eq!(found, text(&[('a', 100), ('b', 100)], "!77"));
    let (found, notes) = of(&[100], false, 0, usize::MAX, 0);
    assert_eq!(
        (found, notes.as_str()),
        (text(&[], "!100"), "stub a, end a")
    );
}

#[test]
fn a_text_begins_with_the_room_that_is_expected() {
    let room = |is_given, before| {
        let (text, _) = of(&[20_000], is_given, before, usize::MAX, 9);
        text.map_or(0, |text| text.capacity())
    };
    assert_eq!(room(false, 0), 20_000 + 20_000 / 16 + 16);
    assert_eq!(room(false, 5), 20_000 + 20_000 / 16 + 160);
    // One that is given away begins with little, which grows by a quarter.
    assert_eq!(room(true, 0), (16 << 10) + (4 << 10));
}
