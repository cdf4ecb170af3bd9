//! Nothing of its own: the tests of `../tests/functions/shapes.rs`, as callers of edition 2021.
