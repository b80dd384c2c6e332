//! Has the program built anew when a recording comes or goes: the demo carries them inside.

fn main() {
    println!("cargo::rerun-if-changed=recordings");
}
