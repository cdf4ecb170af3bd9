//! The ways to do one thing, by what is done.

mod call;
mod content;
mod context;
mod hand;
mod others;
mod stream;

use super::harness::Variant;

pub(crate) use call::{one as one_call, sizes};
pub(crate) use hand::one as one_by_hand;

/// All of them.
pub(crate) fn all() -> Vec<&'static Variant> {
    [
        call::VARIANTS,
        hand::VARIANTS,
        others::VARIANTS,
        content::VARIANTS,
        context::VARIANTS,
        stream::VARIANTS,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A variant of a call `(&Client, &Req) -> Result<&Resp, Failed>`; `task` polled through a pointer as executors do, so that
/// no poll is inlined into the loop; `each` with models that were never seen before.
macro_rules! calling {
    ($group:literal, $name:literal, $set_up:expr, task $call:path) => {
        $crate::harness::Variant::new($group, $name, || {
            #[allow(clippy::no_effect, reason = "some variants need none")]
            {
                $set_up;
            }
            let (client, req) = $crate::world::fixture();
            $crate::harness::looped(move || {
                let (client, req) = (std::hint::black_box(&client), std::hint::black_box(&req));
                let mut future = std::pin::pin!($call(client, req));
                let mut task: std::pin::Pin<&mut dyn Future<Output = _>> = future.as_mut();
                std::hint::black_box(&mut task);
                std::hint::black_box($crate::world::now(task).is_ok());
            })
        })
    };
    ($group:literal, $name:literal, $set_up:expr, each $call:path) => {
        $crate::harness::Variant::new($group, $name, || {
            #[allow(clippy::no_effect, reason = "some variants need none")]
            {
                $set_up;
            }
            let (mut client, mut req) = $crate::world::fixture();
            let mut n = 0_u64;
            $crate::harness::looped(move || {
                use std::fmt::Write as _;
                n += 1;
                req.model.truncate("gpt-4o".len());
                client.0.model.truncate("gpt-4o".len());
                let _ = write!(req.model, "-{n}");
                let _ = write!(client.0.model, "-{n}-a");
                std::hint::black_box($crate::world::now($call(&client, &req)).is_ok());
            })
        })
    };
    ($group:literal, $name:literal, $set_up:expr, $call:path) => {
        $crate::harness::Variant::new($group, $name, || {
            #[allow(clippy::no_effect, reason = "some variants need none")]
            {
                $set_up;
            }
            let (client, req) = $crate::world::fixture();
            $crate::harness::looped(move || {
                let (client, req) = (std::hint::black_box(&client), std::hint::black_box(&req));
                std::hint::black_box($crate::world::now($call(client, req)).is_ok());
            })
        })
    };
}
pub(crate) use calling;
