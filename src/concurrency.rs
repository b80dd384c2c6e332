//! Two ways to run futures at once on one thread: [`race`] two, or many [`side_by_side`].
//!
//! Both poll everything they hold each time they are woken. That is cheap for the few dozen requests a command may have
//! under way, and it needs no wakers.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

/// A future that lives on one thread and borrows from its maker.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

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

/// Runs futures, at most `limit` of them at once (at least one), and gives their results in their own order. A future is made only when its
/// turn comes, and the limit is asked for anew each time, so both can be narrowed while others run. What has begun always goes on.
pub async fn side_by_side<'a, T>(
    limit: &dyn Fn() -> usize,
    futures: &mut dyn Iterator<Item = Pending<'a, T>>,
) -> Vec<T> {
    let mut running: Vec<(usize, Pending<'a, T>)> = Vec::new();
    let mut results: Vec<Option<T>> = Vec::new();
    poll_fn(|context| {
        loop {
            running.retain_mut(|(place, future)| match future.as_mut().poll(context) {
                Poll::Ready(value) => {
                    if let Some(result) = results.get_mut(*place) {
                        *result = Some(value);
                    }
                    false
                }
                Poll::Pending => true,
            });
            // What is done makes room for the next, which is polled before going to sleep.
            if running.len() >= limit().max(1) {
                return Poll::Pending;
            }
            match futures.next() {
                Some(future) => {
                    running.push((results.len(), future));
                    results.push(None);
                }
                None if running.is_empty() => return Poll::Ready(()),
                None => return Poll::Pending,
            }
        }
    })
    .await;
    results.into_iter().flatten().collect()
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
        let waits = [30, 10, 20, 5].map(|seconds| -> Pending<'_, u64> {
            let pause = world.sleep(Duration::from_secs(seconds));
            Box::pin(async move {
                pause.await;
                seconds
            })
        });
        assert_eq!(
            world.block_on(side_by_side(&|| 4, &mut waits.into_iter())),
            [30, 10, 20, 5]
        );
        assert_eq!(world.elapsed(), Duration::from_secs(30));
    }

    #[test]
    fn no_more_run_at_once_than_the_limit() {
        let world = Scripted::silent();
        let (now, most) = (Cell::new(0), Cell::new(0));
        let work = (0..20).map(|_| -> Pending<'_, ()> {
            Box::pin(async {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                world.sleep(Duration::from_secs(1)).await;
                now.set(now.get() - 1);
            })
        });
        world.block_on(side_by_side(&|| 8, &mut work.into_iter()));
        assert_eq!((most.get(), world.elapsed()), (8, Duration::from_secs(3)));
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let world = Scripted::silent();
        assert!(
            world
                .block_on(side_by_side::<()>(&|| 8, &mut std::iter::empty()))
                .is_empty()
        );
    }

    #[test]
    fn a_limit_that_shrinks_leaves_what_has_begun_running() {
        let world = Scripted::silent();
        let limit = Cell::new(3);
        let ended = std::cell::RefCell::new(Vec::new());
        let mut work = [1, 100, 2, 3]
            .into_iter()
            .map(|seconds| -> Pending<'_, ()> {
                let (world, limit, ended) = (&world, &limit, &ended);
                Box::pin(async move {
                    world.sleep(Duration::from_secs(seconds)).await;
                    limit.set(1);
                    ended
                        .borrow_mut()
                        .push((seconds, world.elapsed().as_secs()));
                })
            });
        world.block_on(side_by_side(&|| limit.get(), &mut work));
        assert_eq!(*ended.borrow(), [(1, 1), (2, 2), (100, 100), (3, 103)]);
    }
}
