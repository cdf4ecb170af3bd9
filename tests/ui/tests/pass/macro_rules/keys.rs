macro_rules! tool {
    ($name:ident, $key:ident = $value:expr) => {
        #[genai::tool($key = $value, attributes(app.$key = $value))]
        fn $name() {}
    };
}

tool!(one, description = "d");

#[test]
fn runs() {
    one();
}
