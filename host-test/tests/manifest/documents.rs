//! The generated reference, kept fresh.

use host_test::manifest::reference;

use crate::{described, top, update};

#[test]
fn the_command_reference_is_what_the_component_describes() {
    let file = top().join("docs/commands.md");
    let fresh = reference::markdown(described());
    if update() {
        std::fs::write(&file, &fresh).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    if there != fresh {
        let difference = similar::TextDiff::from_lines(&there, &fresh);
        panic!(
            "docs/commands.md is out of date; UPDATE_GOLDENS=1 writes it anew:\n{}",
            difference.unified_diff().context_radius(1)
        );
    }
}
