//! What the compiler says of annotated code: the cases are in `fail` and `pass`, by topic.
