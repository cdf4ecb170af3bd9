//! Every file in `fail` is refused with the text beside it.
//!
//! The texts are those of the stable compiler; `TRYBUILD=overwrite` writes them anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*/*.rs");
}
