//! No name of the user's changes what the attribute means: the prelude, the crates and every local of ours are shadowed here.
#![deny(warnings)]
#![allow(
    dead_code,
    unused_macros,
    non_camel_case_types,
    non_upper_case_globals,
    unreachable_pub,
    reason = "the point of the test"
)]

mod std {}
mod core {}
mod alloc {}
mod genai {}

pub struct Option;
pub struct String;
pub struct Vec;
pub struct Box;
pub struct Pin;
pub enum Result {
    Ok,
    Err,
}
pub const Some: u8 = 1;
pub const None: u8 = 2;
pub const Ok: u8 = 3;
pub const Err: u8 = 4;
pub const Out: u8 = 5;
pub trait Send {}
pub trait Future {}
pub trait Response {}
pub trait Request {}
pub trait FnOnce {}
pub trait Iterator {}
pub trait Deref {}
pub type usize = ();
pub type bool = ();
pub type u8_ = ();
pub fn drop() {}
pub fn ret() {}
macro_rules! vec {
    () => {
        compile_error!("not ours")
    };
}
macro_rules! panic {
    () => {
        compile_error!("not ours")
    };
}

type Fine = ::std::result::Result<::std::string::String, ::std::fmt::Error>;

#[::genai::chat(provider = openai, model = op, max_tokens = 3, stop_sequences = ["x"], input = out,
    properties(o = o), response(|r| id = r, model = t), error(|e| type = e.to_string()))]
async fn locals(op: &str, out: &str, o: i32, t: &str, s: ::std::string::String) -> Fine {
    let scope = s;
    let future = async { op };
    let r = future.await;
    let e = out;
    let _ = (o, t);
    ::std::result::Result::Ok(::std::format!("{scope}{r}{e}"))
}

#[::genai::tool]
fn sync(op: i32, out: i32, t: i32) -> i32 {
    let o = op + out;
    o + t
}

#[::genai::chat(provider = openai, model = op, response = none)]
fn future(op: &str) -> impl ::std::future::Future<Output = i32> + use<> {
    let future = op.len();
    let out = ::std::primitive::i32::try_from(future);
    async move { out.unwrap_or(0) }
}

#[::genai::chat(provider = openai, model = "m", stream, response = none)]
async fn stream(
    op: i32,
) -> ::std::result::Result<impl ::futures::Stream<Item = i32>, ::std::fmt::Error> {
    let (s, e) = (op, op);
    ::std::result::Result::Ok(::futures::stream::iter([s, e]))
}

#[::genai::context(conversation_id = scope, properties(a = out))]
async fn context(scope: &str, out: i32) -> i32 {
    let _guard = scope.len();
    out
}

#[::genai::context(conversation_id = scope)]
fn sync_context(scope: &str) -> ::std::primitive::usize {
    let _guard = scope.len();
    _guard.max(1)
}

#[::genai::tool]
async fn imports() -> i32 {
    // Shadows the type that the return type names, in the body only.
    #[derive(Clone, Copy)]
    struct i32_(::std::primitive::i32);
    use i32_ as i32;
    i32(3).0
}

#[test]
fn shadowed_names_do_not_matter() {
    let harness = ::genai::testing::Harness::install();
    let run = |f: &mut dyn ::std::ops::FnMut() -> ::std::primitive::i32| f();
    let block_on =
        ::futures::executor::block_on::<::futures::future::BoxFuture<'_, ::std::primitive::i32>>;
    assert!(::futures::executor::block_on(locals("a", "b", 1, "c", "d".to_owned())).is_ok());
    assert_eq!(run(&mut || sync(1, 2, 3)), 6);
    assert_eq!(block_on(::std::boxed::Box::pin(future("abc"))), 3);
    assert_eq!(block_on(::std::boxed::Box::pin(context("c", 4))), 4);
    assert_eq!(sync_context("abc"), 3);
    assert_eq!(block_on(::std::boxed::Box::pin(imports())), 3);
    let all = ::futures::executor::block_on(async {
        let stream = stream(1).await.unwrap_or_else(|_| ::std::unreachable!());
        ::futures::StreamExt::collect::<::std::vec::Vec<_>>(stream).await
    });
    assert_eq!(all, [1, 1]);
    let spans = harness.spans();
    assert_eq!(spans.len(), 5);
    assert_eq!(
        spans[0].attributes.str("gen_ai.response.model"),
        ::std::option::Option::Some("c")
    );
}
