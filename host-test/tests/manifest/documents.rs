//! The pages in `docs/` held against the manifests and the program: the generated reference, and the administrators' pages.

use std::io::Write as _;
use std::process::Stdio;

use host_test::manifest::{Platform, reference};
use serde_json::Value;

use crate::examples::{Example, examples, holds, words};
use crate::harness::program::{command, finish};
use crate::{Manifest, described, golden, top, update};

fn page(name: &str) -> String {
    let file = top().join("docs").join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The fenced blocks of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Fails unless a page has each of these lines.
#[track_caller]
fn has(name: &str, lines: impl IntoIterator<Item = String>) {
    let page = page(name);
    let shown: Vec<&str> = page.lines().collect();
    let missing: Vec<String> = lines
        .into_iter()
        .filter(|line| !shown.contains(&line.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/{name} lacks what the manifest says:\n{}",
        missing.join("\n")
    );
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn code(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().unwrap().iter()
}

/// A row for a field of a form.
fn row(field: &Value) -> String {
    let needed = if field["required"] == true { "yes" } else { "" };
    let (name, default) = (text(&field["displayName"]), code(&field["default"]));
    format!(
        "| {name} | {} | {needed} | {default} |",
        code(&field["field"])
    )
}

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

#[test]
fn the_page_for_d3_has_the_form_the_commands_and_the_mapping_of_the_manifest() {
    let d3 = Manifest::of(Platform::D3);
    let manifest = d3.located.value();
    has("d3.md", list(&manifest["connection"]["fields"]).map(row));
    let commands = list(&manifest["commands"]);
    has(
        "d3.md",
        commands.clone().map(|command| {
            let needed = list(&command["inputs"]).filter(|input| input["required"] == true);
            let needed: Vec<&str> = needed.map(|input| text(&input["displayName"])).collect();
            let scope = match text(&command["scope"]) {
                "read-only" => "Read-only",
                _ => "Read & Write",
            };
            let (name, export) = (text(&command["displayName"]), code(&command["command"]));
            format!("| {name} | {export} | {} | {scope} |", needed.join(", "))
        }),
    );
    let additions = commands.flat_map(|command| {
        let name = text(&command["displayName"]);
        let more = list(&command["inputs"]).filter(|input| input["addition"] == true);
        more.map(move |input| {
            let field = code(&input["field"]);
            format!("| {name} | {} | {field} |", text(&input["displayName"]))
        })
    });
    has("d3.md", additions);
    let sources = |field: &Value| {
        let more = field["from"].as_array().into_iter().flatten();
        let paths = [&field["source"]]
            .into_iter()
            .chain(more.map(|from| &from["path"]));
        paths.map(code).collect::<Vec<_>>().join(", else ")
    };
    for source in ["eventSource", "pollEventSource"] {
        let fields = list(&manifest[source]["fields"]);
        let rows = fields.map(|field| format!("| {} | {} |", text(&field["name"]), sources(field)));
        has("d3.md", rows);
    }
}

#[test]
fn the_page_for_conductor_has_the_form_the_poll_and_the_artifact_of_the_manifest() {
    let conductor = Manifest::of(Platform::Conductor);
    let manifest = conductor.located.value();
    has("conductor.md", list(&manifest["settings"]).map(row));
    let inputs = list(&manifest["poll"]["inputs"]).map(|input| {
        let (field, default) = (code(&input["field"]), code(&input["default"]));
        format!("| {} | {field} | {default} |", text(&input["displayName"]))
    });
    has("conductor.md", inputs);
    let fields = list(&manifest["artifact"]["fields"]);
    let rows = fields.map(|field| {
        format!(
            "| {} | {} |",
            code(&field["name"]),
            text(&field["description"])
        )
    });
    has("conductor.md", rows);
    let page = page("conductor.md");
    let compared: Vec<String> = list(&manifest["artifact"]["deduplication"]["fields"])
        .map(code)
        .collect();
    assert!(page.contains(&compared.join(", ")));
}

#[test]
fn the_page_for_conductor_has_the_help_that_the_status_shows() {
    let conductor = Manifest::of(Platform::Conductor);
    for trouble in list(&conductor.located.value()["troubleshooting"]) {
        let title = format!("### {}", text(&trouble["title"]));
        let steps = list(&trouble["steps"]).map(|step| format!("- {}", text(step)));
        has("conductor.md", steps.chain([title]));
    }
}

#[test]
fn the_artifact_on_the_page_is_one_that_is_really_made() {
    let shown: Value = serde_json::from_str(&blocks(&page("conductor.md"), "json")[0]).unwrap();
    let made = std::fs::read_to_string(golden("conductor.jsonl")).unwrap();
    let made = made.lines().map(|line| {
        let mut artifact: Value = serde_json::from_str(line).unwrap();
        artifact.as_object_mut().unwrap().remove("message");
        artifact
    });
    assert!(
        made.into_iter().any(|artifact| artifact == shown),
        "no recorded event becomes {shown}"
    );
}

#[test]
fn every_example_on_the_pages_prints_what_it_shows() {
    let mut run = 0;
    for name in ["d3.md", "conductor.md"] {
        for block in blocks(&page(name), "console") {
            for Example { typed, shown } in examples(&block) {
                let printed = pipe(&typed);
                run += 1;
                if let Err(missing) = holds(&shown, &printed) {
                    panic!(
                        "docs/{name} shows for `{typed}`\n\n{missing}\n\nbut it prints\n\n{printed}"
                    );
                }
            }
        }
    }
    assert!(run >= 3, "only {run} examples are there");
}

#[test]
fn no_example_lets_a_cursor_go_past_what_the_next_program_in_the_pipe_may_lose() {
    for name in ["d3.md", "conductor.md", "intake.md"] {
        for line in page(name).lines() {
            let loses = line.contains("--cursor") && line.contains(" | ");
            assert!(!loses || line.starts_with('|'), "docs/{name}: {line}");
        }
    }
}

/// What a command line prints on standard output. Of commands with `|` between them, each reads what the one before it prints.
fn pipe(typed: &str) -> String {
    let mut printed = String::new();
    for part in typed.split(" | ") {
        let words = words(part);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ["host-test", arguments @ ..] = words.as_slice() else {
            panic!("`{part}` is no call of the program");
        };
        let mut command = command(arguments);
        command
            .current_dir(top())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Dropped at once: the program sees the end of its input.
        let _ = child.stdin.take().unwrap().write_all(printed.as_bytes());
        let done = finish(child.wait_with_output().unwrap());
        assert_eq!(done.code, 0, "{part}: {}", done.err);
        printed = done.out;
    }
    printed
}
