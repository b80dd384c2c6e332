//! The bounded run of the fuzz target: its seeds, and answers made from the recordings and damaged in many ways.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test; a panic is how it fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "../fuzz/harness.rs"]
mod harness;

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().unwrap_or_default() == extension {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The bodies of every recorded answer.
fn recorded_bodies() -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for path in files("host-test/recordings", "har") {
        let har: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for entry in har["log"]["entries"].as_array().unwrap() {
            bodies.push(
                entry["response"]["content"]["text"]
                    .as_str()
                    .unwrap_or_default()
                    .as_bytes()
                    .to_vec(),
            );
        }
    }
    bodies
}

/// An answer in the harness's script.
fn script(answers: &[(u8, u8, Vec<u8>)]) -> Vec<u8> {
    let mut script = Vec::new();
    for (kind, flags, body) in answers {
        script.extend([*kind, *flags]);
        for bit in 0..4 {
            if flags >> bit & 1 == 1 {
                script.extend([0, 2, b'1', b'0' + bit]);
            }
        }
        let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
        script.extend(length.to_be_bytes());
        script.extend(&body[..usize::from(length)]);
    }
    script
}

/// What an accident or an adversary makes of a body.
#[derive(Clone, Debug)]
enum Damage {
    None,
    CutAt(Index),
    FlipAt(Index, u8),
    InsertAt(Index, Vec<u8>),
    RepeatFrom(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::None),
        any::<Index>().prop_map(Damage::CutAt),
        (any::<Index>(), any::<u8>()).prop_map(|(place, byte)| Damage::FlipAt(place, byte)),
        (
            any::<Index>(),
            prop::sample::select(vec![
                "null",
                "[",
                "]}",
                "\"",
                "{\"data\":",
                "1e999",
                "\u{0}",
                "9999999999999999999999"
            ])
        )
            .prop_map(|(place, text)| Damage::InsertAt(place, text.as_bytes().to_vec())),
        any::<Index>().prop_map(Damage::RepeatFrom),
    ]
}

fn damaged(mut body: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let length = body.len();
    match damage {
        Damage::None => {}
        Damage::CutAt(place) => body.truncate(place.index(length + 1)),
        Damage::FlipAt(place, byte) if length > 0 => body[place.index(length)] = *byte,
        Damage::FlipAt(..) => {}
        Damage::InsertAt(place, bytes) => {
            let place = place.index(length + 1);
            body.splice(place..place, bytes.iter().copied());
        }
        Damage::RepeatFrom(place) => body.extend_from_within(place.index(length + 1)..),
    }
    body
}

#[test]
fn every_seed_passes() {
    let seeds = files("fuzz/seeds", "bin");
    assert!(!seeds.is_empty());
    for seed in seeds {
        harness::any_command_on_any_answers(&fs::read(seed).unwrap());
    }
}

#[test]
fn every_recorded_answer_to_every_command_passes() {
    for body in recorded_bodies() {
        for command in 0..=u8::MAX {
            let mut input = vec![command];
            input.extend(script(&[
                (200, 3, body.clone()),
                (200, 0, body.clone()),
                (200, 0, body.clone()),
            ]));
            harness::any_command_on_any_answers(&input);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_answers_never_break_a_command(
        command in any::<u8>(),
        answers in prop::collection::vec((any::<u8>(), any::<u8>(), any::<Index>(), damage()), 1..6),
    ) {
        thread_local! { static BODIES: Vec<Vec<u8>> = recorded_bodies(); }
        let answers: Vec<(u8, u8, Vec<u8>)> = BODIES.with(|bodies| {
            answers.iter().map(|(kind, flags, which, damage)| (*kind, *flags, damaged(which.get(bodies).clone(), damage))).collect()
        });
        let mut input = vec![command];
        input.extend(script(&answers));
        harness::any_command_on_any_answers(&input);
    }

    #[test]
    fn any_bytes_at_all_never_break_a_command(script in prop::collection::vec(any::<u8>(), 0..600)) {
        harness::any_command_on_any_answers(&script);
    }
}
