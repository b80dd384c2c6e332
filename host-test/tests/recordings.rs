//! Every recording is driven through the built component and held against its golden: one test each, by its name.
//!
//! `UPDATE_GOLDENS=1` writes the goldens anew. A request that a recording does not answer fails, and so does an entry
//! that nobody asks for. Waits between attempts take no time: the clock stands still.

mod harness;

use harness::recordings;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let trials = recordings::all().into_iter().map(|recording| {
        let name = recording.name.clone();
        Trial::test(name, move || recording.check().map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
