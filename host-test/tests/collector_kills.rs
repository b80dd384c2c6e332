//! The collector is killed at any moment, again and again, and still its database holds exactly the stand-in's events.
//!
//! A trial is an organisation of its own kind (a backlog, arrivals each second, some of them late, bursts, rate limits and
//! broken answers), served on loopback by this process; the real program `collect`, killed with SIGKILL and started anew so many
//! times; and at the end `collect --once` until it has caught up. Then the database, and the file of JSON lines beside it, are held against
//! what the stand-in has.
//!
//! `cargo test` plays a short trial. The long run, about eight minutes:
//!
//! ```text
//! KILLS=500 cargo test -p host-test --test collector_kills -- --ignored --nocapture
//! ```
//!
//! Everything is drawn from a seed, another one each time; a failure names it, and keeps the folder. `KILLS_SEED=N` draws the same again: the same
//! arrivals, faults and moments of the kills, as far as a busy machine keeps time.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::use_debug,
    clippy::print_stderr,
    reason = "a test fails by panicking, and uses a part of what it shares with others"
)]

#[path = "collector_kills/arrivals.rs"]
mod arrivals;
mod harness;
#[path = "collector_kills/held.rs"]
mod held;
#[path = "collector/loopback.rs"]
mod loopback;
#[path = "collector_kills/trial.rs"]
mod trial;

use std::time::Instant;

use trial::{Figures, Trial};

/// A number from the environment.
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} takes a number, and has `{text}`")))
}

fn seed() -> u64 {
    number("KILLS_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000))
}

#[test]
fn kills_at_any_moment_lose_and_double_nothing() {
    Trial::new(seed()).play(8);
}

/// How many kills a trial of the long run has: few enough for many kinds of organisations, and enough for a backlog to be over.
const OF_A_TRIAL: u64 = 25;

#[test]
#[ignore = "the long run: some minutes"]
fn hundreds_of_kills_lose_and_double_nothing() {
    let (seed, kills) = (seed(), number("KILLS").unwrap_or(500));
    let began = Instant::now();
    let mut all = Figures::default();
    while all.kills < kills {
        let trial = Trial::new(seed + all.trials);
        all.add(&trial.play(OF_A_TRIAL.min(kills - all.kills)));
        eprintln!(
            "{:>5} of {kills} kills, {:>4} s: {all}",
            all.kills,
            began.elapsed().as_secs()
        );
    }
}
