//! Events that arrive while the collector lives and dies: some each second, some late, some from the future, and bursts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use host_test::simulator::{EventIds, Simulator};

/// How long between two looks at what arrives.
const STEP: Duration = Duration::from_millis(50);
/// How late an event is at most: within the window of a minute that the collector is told of, with room for a busy machine.
const LATEST: u64 = 45;
/// No two bursts are nearer: all that arrives within the late window is then less than the 4,096 events that a cursor holds.
const STEPS_BETWEEN_BURSTS: u32 = 300;
/// The largest burst: more than a page holds.
const LARGEST_BURST: u64 = 700;

/// Arrivals, in a thread of their own, until they are stopped.
pub struct Arrivals {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Arrivals {
    /// Lets events arrive in a cloud.
    pub fn start(cloud: Arc<Simulator>, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut chance = fastrand::Rng::with_seed(seed);
            // The first one comes soon, so that a short trial has one too.
            let mut to_burst = chance.u32(10..60);
            while !told.load(Ordering::Relaxed) {
                std::thread::sleep(STEP);
                // Three or four a second.
                if chance.u32(..6) == 0 {
                    arrive(&cloud, &mut chance);
                    // Now and then the list has an entry twice.
                    let is_repeated = cloud.world().event_ids == EventIds::Recorded;
                    if is_repeated && chance.u32(..20) == 0 {
                        cloud.repeat_event();
                    }
                }
                to_burst -= 1;
                if to_burst == 0 {
                    to_burst = STEPS_BETWEEN_BURSTS + chance.u32(..200);
                    let second = cloud.now();
                    for _ in 0..chance.u64(50..LARGEST_BURST) {
                        cloud.add_event(second);
                    }
                }
            }
        });
        Self { stop, thread }
    }

    /// From here on nothing arrives any more.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// One event: mostly now, at times late, and rarely from the future.
fn arrive(cloud: &Simulator, chance: &mut fastrand::Rng) {
    let now = cloud.now();
    let time = match chance.u32(..100) {
        0 => now + Duration::from_secs(chance.u64(..400 * 24 * 3600)),
        1..30 => now - Duration::from_secs(chance.u64(1..=LATEST)),
        _ => now,
    };
    cloud.add_event(time);
}
