mod crate_path;
mod other_attributes;
mod shadowed;
