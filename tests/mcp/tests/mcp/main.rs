//! What rmcp's servers and clients record: over duplex, over standard input and output, over HTTP; in both eras of the protocol.

mod acceptance;
mod attribute;
mod calls;
mod canaries;
mod endings;
mod hostile;
mod http;
mod listen;
mod readme;
mod sessions;
mod stdio;
mod tools;
mod transport;
