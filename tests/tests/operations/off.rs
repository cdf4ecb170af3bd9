//! A program without any provider: its annotated functions print nothing, fail nowhere and allocate nothing.

use genai_tests::support::process::without_variables;

#[test]
fn no_provider_no_output_no_allocation() {
    let mut command = without_variables(env!("CARGO_BIN_EXE_bare"));
    let output = command.output().expect("the program runs");
    let printed = [output.stdout, output.stderr].concat();
    assert_eq!(String::from_utf8_lossy(&printed), "");
    assert!(output.status.success());
}
