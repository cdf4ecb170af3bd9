//! Nothing of its own: the tests of `../tests/shapes.rs`, as callers of edition 2021.
