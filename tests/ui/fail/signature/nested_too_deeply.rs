macro_rules! deep {
    ($($open:tt)*) => {
        #[genai::tool]
        fn look(_: $($open)* u8) {}
    };
}

deep!(& & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & & &);

fn main() {}
