mod as_a_value;
mod async_fn;
mod boxed;
mod impl_stream;
mod result;
mod result_alias;
mod streaming;
