mod everything;
mod keys;
mod literals;
