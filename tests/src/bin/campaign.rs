//! Runs a campaign: `campaign NAME [--count N] [--seed S] [--threads T]`.
//!
//! It prints the seed before it begins and the ledger when it ends, and fails if anything did not fit.

use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use genai_tests::campaign::{Plan, names, run, variables};
use genai_tests::support::alloc::{Counted, Process};

#[global_allocator]
static ALLOCATOR: Counted<Process> = Counted(Process);

fn usage() -> String {
    format!(
        "campaign {} [--count N] [--seed S] [--threads T]",
        names().collect::<Vec<_>>().join("|")
    )
}

fn asked() -> Result<(String, Plan), lexopt::Error> {
    use lexopt::Arg::{Long, Value};
    use lexopt::ValueExt as _;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut plan = Plan {
        count: 1_000_000,
        seed: now.map_or(1, |now| u64::from(now.subsec_nanos()) | now.as_secs() << 30),
        threads: 2,
    };
    let mut name = None;
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("count") => plan.count = args.value()?.parse()?,
            Long("seed") => plan.seed = args.value()?.parse()?,
            Long("threads") => {
                plan.threads = args.value()?.parse_with(|n| match n.parse() {
                    Ok(0) | Err(_) => Err("a number above 0"),
                    Ok(n) => Ok(n),
                })?
            }
            Value(value) if name.is_none() => name = Some(value.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let name = name.ok_or_else(|| lexopt::Error::from(usage()))?;
    Ok((name, plan))
}

/// Runs the campaign in another process, if this one has not the environment for it.
fn elsewhere(name: &str, plan: Plan) -> Option<ExitCode> {
    let variables = variables(name);
    let is_set = |(name, value): &(&str, &str)| std::env::var(name).as_deref() == Ok(value);
    if variables.iter().all(is_set) {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    for (option, value) in [
        ("--count", plan.count),
        ("--seed", plan.seed),
        ("--threads", plan.threads),
    ] {
        command.args([option, &value.to_string()]);
    }
    let status = command.arg(name).envs(variables.iter().copied()).status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn main() -> ExitCode {
    let (name, plan) = match asked() {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}\n{}", usage());
            return ExitCode::from(2);
        }
    };
    if let Some(ended) = elsewhere(&name, plan) {
        return ended;
    }
    println!(
        "{name} --count {} --seed {} --threads {}",
        plan.count, plan.seed, plan.threads
    );
    let Some(report) = run(&name, plan) else {
        eprintln!("{}", usage());
        return ExitCode::from(2);
    };
    println!("{report}");
    match report.faults.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
