//! Replays recorded provider traffic and compares what is recorded with what is expected.
//!
//! `recordings [DIR..]` (default: `recordings`, `recordings-2` and `reports` of `../shared`, where they are there) prints one line
//! per recording and a summary. It fails if any recording differs without a reason, and if a folder is missing or holds no recording.
//! `recordings --seeds FOLDER [DIR..]` writes what they hold as inputs for the fuzzer `wire` instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use genai_tests::recordings::compare::{Scope, differences};
use genai_tests::recordings::deviations::deviation;
use genai_tests::recordings::http::{Pieces, Replay};
use genai_tests::recordings::load::folders;
use genai_tests::recordings::replay::{Form, framed, replay};
use genai_tests::recordings::{Observed, Recording, load};

const USAGE: &str = "recordings [--seeds FOLDER] [DIR..]";

/// Values, and bytes cut in three ways: after every byte, and at places made up from two seeds.
const FORMS: [Form; 4] = [Form::Values, Form::Bytes(0), Form::Bytes(1), Form::Bytes(2)];

/// What the command line asks for.
#[derive(Debug, Default)]
struct Asked {
    seeds: Option<PathBuf>,
    folders: Vec<PathBuf>,
    help: bool,
}

impl Asked {
    fn read(mut args: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::Arg::{Long, Short, Value};
        let mut asked = Self::default();
        while let Some(arg) = args.next()? {
            match arg {
                Long("seeds") => asked.seeds = Some(args.value()?.into()),
                Short('h') | Long("help") => asked.help = true,
                Value(folder) => asked.folders.push(folder.into()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(asked)
    }
}

/// In what a recording differs: what is wrong, and the reasons of what is on purpose.
#[derive(Debug, Default)]
struct Found {
    wrong: Vec<String>,
    reasons: BTreeSet<&'static str>,
}

/// In what recordings differ, by id.
type Differences<'a> = BTreeMap<&'a str, Found>;

fn add<'a>(
    all: &mut Differences<'a>,
    recording: &'a Recording,
    observed: &Observed,
    content: bool,
    way: &str,
) {
    let scope = Scope {
        headers: false,
        content,
    };
    let found = all.entry(&recording.id).or_default();
    for line in differences(recording, observed, scope) {
        match deviation(recording, &line) {
            Some(reason) => drop(found.reasons.insert(reason)),
            None => found
                .wrong
                .push(format!("{way}, content {content}: {line}")),
        }
    }
}

/// Over HTTP through annotated functions.
fn over_http<'a>(recordings: &'a [Recording], all: &mut Differences<'a>) -> std::io::Result<()> {
    for content in [true, false] {
        let replay = Replay::new(content)?;
        for recording in recordings {
            for pieces in [Pieces::Events, Pieces::Cut(0), Pieces::Cut(3)] {
                if let Some(observed) = replay.run(recording, pieces) {
                    add(
                        all,
                        recording,
                        &observed,
                        content,
                        &format!("HTTP, {pieces:?}"),
                    );
                }
            }
        }
    }
    Ok(())
}

/// Straight to the wire formats.
fn fed<'a>(recordings: &'a [Recording], all: &mut Differences<'a>) {
    for recording in recordings {
        for form in FORMS {
            for content in [true, false] {
                if let Some(observed) = replay(recording, form, content) {
                    add(all, recording, &observed, content, &format!("{form:?}"));
                }
            }
        }
    }
}

/// Writes each request, body and stream to a file of its own, after the byte that says how the fuzzer cuts.
fn write_seeds(recordings: &[Recording], folder: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let mut written = 0;
    for (at, recording) in recordings.iter().enumerate() {
        let response = &recording.response;
        let stream = response.sse.as_ref().map(|texts| framed(recording, texts));
        let bodies = [
            Some(recording.request.to_string().into_bytes()),
            response.text().map(String::into_bytes),
            stream,
        ];
        for (kind, body) in bodies.iter().enumerate() {
            if let Some(body) = body {
                let how = u8::try_from(at % 256).unwrap_or_default();
                let file = folder.join(format!("{at}-{kind}"));
                std::fs::write(file, [&[how], body.as_slice()].concat())?;
                written += 1;
            }
        }
    }
    Ok(written)
}

fn run(asked: Asked) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folders = match asked.folders {
        named if named.is_empty() => folders(),
        named => named,
    };
    if folders.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let recordings = load(&folders)?;
    if let Some(seeds) = asked.seeds {
        println!("{} files written", write_seeds(&recordings, &seeds)?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut all = Differences::new();
    over_http(&recordings, &mut all).map_err(|error| format!("no server on loopback: {error}"))?;
    fed(&recordings, &mut all);
    let (mut passed, mut failed, mut differing) = (0, 0, 0);
    for recording in &recordings {
        let note = match recording.request_is_made_up() {
            true => " (request made up)",
            false => "",
        };
        let id = &recording.id;
        match all.get(id.as_str()) {
            None => {
                failed += 1;
                println!("FAIL  {id}{note}\n  there is no way to replay it");
            }
            Some(Found { wrong, .. }) if !wrong.is_empty() => {
                failed += 1;
                println!("FAIL  {id}{note}\n  {}", wrong.join("\n  "));
            }
            Some(Found { reasons, .. }) if !reasons.is_empty() => {
                differing += 1;
                let reasons: Vec<_> = reasons.iter().copied().collect();
                println!("skip  {id}{note}: {}", reasons.join("; "));
            }
            Some(_) => {
                passed += 1;
                println!("ok    {id}{note}");
            }
        }
    }
    println!("{passed} passed, {failed} failed, {differing} differ for a reason");
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn main() -> ExitCode {
    let asked = match Asked::read(lexopt::Parser::from_env()) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}\nusage: {USAGE}");
            return ExitCode::from(2);
        }
    };
    if asked.help {
        println!("usage: {USAGE}");
        return ExitCode::SUCCESS;
    }
    run(asked).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<Asked, lexopt::Error> {
        Asked::read(lexopt::Parser::from_args(args))
    }

    #[test]
    fn arguments() {
        let asked = read(&["a", "b", "--seeds", "s", "c"]).expect("good ones");
        assert_eq!(asked.folders, ["a", "b", "c"].map(PathBuf::from));
        assert_eq!(asked.seeds, Some("s".into()));
        assert!(read(&["--help"]).expect("a good one").help);
        for wrong in [&["--seeds"][..], &["--other"], &["-x", "a"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_folder_that_is_named_must_be_there() {
        let missing = Asked {
            folders: vec!["/nonexistent".into()],
            ..Asked::default()
        };
        let error = run(missing).expect_err("not there");
        assert!(error.to_string().contains("/nonexistent"), "{error}");
    }
}
