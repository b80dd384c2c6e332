//! Every recording is driven through the built component and held against its golden: one test each, by its name.
//!
//! `UPDATE_GOLDENS=1` writes the goldens anew. A request that a recording does not answer fails, and so does an entry
//! that nobody asks for. Waits between attempts take no time: the clock stands still.

mod harness;

use std::collections::BTreeSet;

use harness::recordings;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let recordings = recordings::all();
    let commands: BTreeSet<&str> = recordings
        .iter()
        .map(|recording| recording.command.as_str())
        .collect();
    // A folder that is looked for in the wrong place would pass for one where all is well.
    assert!(commands.len() >= 14, "only {commands:?} have recordings");
    let trials = recordings.into_iter().map(|recording| {
        let name = recording.name.clone();
        Trial::test(name, move || recording.check().map_err(Failed::from))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
