mod constant_provider;
mod enum_and_tuple;
mod expression;
mod generic;
mod request;
mod response;
