//! What a component cannot do to its host: compute for ever, take all memory, break down, or keep anything.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, Instant};

use host_test::plugin::{CallError, Limits, LoadError, Plugin, Surroundings};

/// A component whose functions misbehave as their names say.
const MISCHIEF: &str = r#"
    (component
      (core module $m
        (memory (export "memory") 1)
        (memory $second 1)
        (table $table 1 funcref)
        (global $calls (mut i32) (i32.const 0))
        (func (export "compute-for-ever") (result i32) (loop br 0) i32.const 0)
        (func (export "break-down") (result i32) unreachable)
        (func (export "take-all-memory") (result i32)
          (if (i32.eq (memory.grow (i32.const 20000)) (i32.const -1)) (then unreachable))
          i32.const 0)
        (func (export "take-two-memories") (result i32)
          (if (i32.eq (memory.grow (i32.const 600)) (i32.const -1)) (then (return (i32.const 1))))
          (if (i32.eq (memory.grow $second (i32.const 600)) (i32.const -1)) (then unreachable))
          i32.const 0)
        (func (export "take-a-table") (result i32)
          (if (i32.eq (table.grow $table (ref.null func) (i32.const 9000000)) (i32.const -1)) (then unreachable))
          i32.const 0)
        (func (export "count-calls") (result i32)
          (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
          global.get $calls))
      (core instance $i (instantiate $m))
      (func $a (result u32) (canon lift (core func $i "compute-for-ever")))
      (func $b (result u32) (canon lift (core func $i "break-down")))
      (func $c (result u32) (canon lift (core func $i "take-all-memory")))
      (func $d (result u32) (canon lift (core func $i "count-calls")))
      (func $e (result u32) (canon lift (core func $i "take-two-memories")))
      (func $f (result u32) (canon lift (core func $i "take-a-table")))
      (instance $commands
        (export "take-two-memories" (func $e)) (export "take-a-table" (func $f))
        (export "compute-for-ever" (func $a)) (export "break-down" (func $b))
        (export "take-all-memory" (func $c)) (export "count-calls" (func $d)))
      (export "conductor:secure-endpoint/commands@0.1.3" (instance $commands)))"#;

fn mischief() -> Plugin {
    let limits = Limits {
        memory: 64 * 1024 * 1024,
        time: Duration::from_millis(300),
    };
    Plugin::from_bytes(&wat::parse_str(MISCHIEF).unwrap())
        .unwrap()
        .with_limits(limits)
}

async fn call(plugin: &Plugin, name: &str) -> Result<String, CallError> {
    let answer = plugin
        .call(
            plugin.function("commands", name)?,
            &[],
            &Surroundings::none(),
        )
        .await?;
    Ok(host_test::values::to_json(&answer.value)
        .unwrap()
        .to_string())
}

#[tokio::test]
async fn a_component_that_computes_for_ever_is_ended() {
    let began = Instant::now();
    let error = call(&mischief(), "compute-for-ever").await.unwrap_err();
    assert!(matches!(error, CallError::TimedOut { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn it_is_ended_even_while_the_clock_stands_still() {
    let error = call(&mischief(), "compute-for-ever").await.unwrap_err();
    assert!(matches!(error, CallError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn others_go_on_while_one_computes_for_ever() {
    let plugin = mischief();
    let (ended, counted) = tokio::join!(
        call(&plugin, "compute-for-ever"),
        call(&plugin, "count-calls")
    );
    assert!(ended.is_err());
    assert_eq!(counted.unwrap(), "1");
}

#[tokio::test]
async fn a_component_that_takes_all_memory_is_told_apart_from_one_that_breaks_down() {
    let error = call(&mischief(), "take-all-memory").await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the component needed more than 64 MiB of memory"),
        "{error}"
    );
    let error = call(&mischief(), "break-down").await.unwrap_err();
    assert!(
        error.to_string().starts_with(
            "the component broke down (wasm trap: wasm `unreachable` instruction executed)"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn all_memories_and_tables_count_together() {
    for name in ["take-two-memories", "take-a-table"] {
        let error = call(&mischief(), name).await.unwrap_err();
        assert!(
            matches!(error, CallError::OutOfMemory { .. }),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn a_component_of_very_many_parts_does_not_start() {
    for (inside, instances, what) in [
        ("(memory 0)", 9, "memory count"),
        ("(table 0 funcref)", 17, "table count"),
        ("", 33, "instance count"),
    ] {
        let many = "(core instance (instantiate $n))".repeat(instances);
        let component = MISCHIEF.replacen(
            "(core module $m",
            &format!("(core module $n {inside}) {many} (core module $m"),
            1,
        );
        let plugin = Plugin::from_bytes(&wat::parse_str(component).unwrap()).unwrap();
        let error = call(&plugin, "count-calls").await.unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[tokio::test]
async fn a_call_knows_nothing_of_the_one_before() {
    let plugin = mischief();
    for _ in 0..3 {
        assert_eq!(call(&plugin, "count-calls").await.unwrap(), "1");
    }
}

#[tokio::test]
async fn an_export_that_is_missing_is_named() {
    let error = call(&mischief(), "get-computers").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no export `commands.get-computers`"),
        "{error}"
    );
}

#[test]
fn what_is_no_component_or_asks_for_more_than_there_is_does_not_load() {
    let Err(error) = Plugin::from_bytes(b"<html>") else {
        panic!("it loaded")
    };
    assert!(matches!(error, LoadError::NotAComponent { .. }), "{error}");
    let greedy =
        r#"(component (import "acme:nuclear/button@1.0.0" (instance (export "press" (func)))))"#;
    let Err(error) = Plugin::from_bytes(&wat::parse_str(greedy).unwrap()) else {
        panic!("it loaded")
    };
    assert!(matches!(error, LoadError::Imports(_)), "{error}");
    assert!(error.to_string().contains("acme:nuclear/button"), "{error}");
}
