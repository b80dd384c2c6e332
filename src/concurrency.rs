//! Two ways to run futures at once on one thread: [`race`] two, or many [`side_by_side`].
//!
//! Both poll everything they hold each time they are woken. That is cheap for the few dozen requests a command may have
//! under way, and it needs no wakers.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// Which of two futures was first.
pub enum First<A, B> {
    /// The one named first, also when both were ready.
    Left(A),
    /// The other.
    Right(B),
}

/// Runs two futures until one is ready, and drops the other.
pub async fn race<A, B>(
    left: impl Future<Output = A>,
    right: impl Future<Output = B>,
) -> First<A, B> {
    let mut left = pin!(left);
    let mut right = pin!(right);
    poll_fn(|context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(First::Left(value));
        }
        right.as_mut().poll(context).map(First::Right)
    })
    .await
}

/// Runs futures, at most `limit` of them at once (at least one), and gives their results in their own order.
pub async fn side_by_side<F: Future>(
    limit: usize,
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let mut waiting = futures.into_iter();
    let mut running: Vec<(usize, Pin<Box<F>>)> = Vec::new();
    let mut done: Vec<(usize, F::Output)> = Vec::new();
    let mut started = 0;
    poll_fn(|context| {
        loop {
            while running.len() < limit.max(1)
                && let Some(future) = waiting.next()
            {
                running.push((started, Box::pin(future)));
                started += 1;
            }
            let before = running.len();
            running.retain_mut(|(place, future)| match future.as_mut().poll(context) {
                Poll::Ready(value) => {
                    done.push((*place, value));
                    false
                }
                Poll::Pending => true,
            });
            if running.is_empty() && waiting.size_hint().1 == Some(0) {
                return Poll::Ready(());
            }
            // A place that became free is filled, and what fills it polled, before going to sleep.
            if running.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await;
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;
    use crate::http::Http;
    use crate::http::scripted::Scripted;

    #[test]
    fn results_keep_their_order_whichever_ends_first() {
        let world = Scripted::silent();
        let waits = [30, 10, 20, 5].map(|seconds| {
            let world = &world;
            async move {
                world.sleep(Duration::from_secs(seconds)).await;
                seconds
            }
        });
        assert_eq!(world.block_on(side_by_side(2, waits)), [30, 10, 20, 5]);
        assert_eq!(world.elapsed(), Duration::from_secs(35));
    }

    #[test]
    fn no_more_run_at_once_than_the_limit() {
        let world = Scripted::silent();
        let (now, most) = (Cell::new(0), Cell::new(0));
        let work = (0..20).map(|_| async {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            world.sleep(Duration::from_secs(1)).await;
            now.set(now.get() - 1);
        });
        world.block_on(side_by_side(8, work));
        assert_eq!((most.get(), world.elapsed()), (8, Duration::from_secs(3)));
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let world = Scripted::silent();
        let none: [std::future::Ready<()>; 0] = [];
        assert!(world.block_on(side_by_side(8, none)).is_empty());
    }
}
