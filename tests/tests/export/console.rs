//! Where the console prints: beside what the program prints for others to read, unless it is asked for the same place; and by when.

use std::time::Duration;

use genai_tests::support::process::isolated;

/// What a program prints on standard output and standard error.
fn printed(output: std::process::Output) -> [String; 2] {
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"))
}

/// A program that prints something of its own around a call.
fn program() {
    println!("the program's own");
    genai::chat("openai").model("m").start().finish();
}

/// The trace, and the summary of the metrics, which comes last.
const PARTS: [&str; 3] = ["trace ", "chat m", "operation  model"];

#[test]
fn the_console_prints_to_standard_error() {
    let output = isolated("the_console_prints_to_standard_error", &[], || {
        let _console = genai::console::init();
        program();
    });
    let Some([out, err]) = output.map(printed) else {
        return;
    };
    assert!(out.contains("the program's own"), "{out}");
    for part in PARTS {
        assert!(err.contains(part), "no `{part}` in {err}");
        assert!(!out.contains(part), "`{part}` in {out}");
    }
}

#[test]
fn the_console_prints_to_standard_output_where_it_is_asked_to() {
    let name = "the_console_prints_to_standard_output_where_it_is_asked_to";
    let output = isolated(name, &[], || {
        let _console = genai::console::builder().stdout().init();
        program();
    });
    let Some([out, err]) = output.map(printed) else {
        return;
    };
    for part in PARTS {
        assert!(out.contains(part), "no `{part}` in {out}");
        assert!(!err.contains(part), "`{part}` in {err}");
    }
}

/// `exit` drops nothing, so that what the guard would print is lost without `shutdown`.
#[test]
fn what_is_left_is_printed_before_an_exit() {
    let name = "what_is_left_is_printed_before_an_exit";
    for shuts_down in ["yes", "no"] {
        let output = isolated(name, &[("SHUTS_DOWN", shuts_down)], || {
            let _console = genai::console::init();
            program();
            if std::env::var("SHUTS_DOWN").is_ok_and(|is| is == "yes") {
                genai::shutdown(Duration::from_secs(5)).expect("all is printed");
            }
            std::process::exit(0);
        });
        let Some([_, err]) = output.map(printed) else {
            return;
        };
        assert!(err.contains(PARTS[1]), "{err}");
        assert_eq!(err.contains(PARTS[2]), shuts_down == "yes", "{err}");
    }
}
