//! The page on resilience, done: its plan, its commands, and what it says that they print.

use crate::harness::program::{self, CLIENT, KEY};
use crate::loopback::Simulate;

const PAGE: &str = include_str!("../../../docs/resilience.md");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    PAGE.split(&begin)
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// The words of a line as a shell splits them, as far as the page goes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// Lines without what is different each time: the seconds of a window, and the numbers of requests that run side by side.
fn lasting(text: &str) -> Vec<String> {
    let lines = text
        .trim()
        .lines()
        .filter(|line| !line.starts_with("Request ID") && !line.starts_with("note:"));
    lines
        .map(|line| {
            line.split("whole again in 5")
                .next()
                .unwrap()
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn the_page_on_resilience_says_what_happens() {
    let plan = program::file(blocks("toml")[0], ".toml");
    let simulate = Simulate::start(&[
        "--computers",
        "1400",
        "--faults",
        &plan.display().to_string(),
    ]);
    let mut done = 0;
    for block in blocks("console") {
        let Some((line, expected)) = block
            .strip_prefix("$ host-test ")
            .and_then(|rest| rest.split_once('\n'))
        else {
            continue;
        };
        if line.starts_with("simulate") {
            continue;
        }
        let (line, to_file) = line
            .split_once(" > ")
            .map_or((line, false), |(line, _)| (line, true));
        let words = words(line);
        let mut command = program::command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command
            .env("AMP_SERVER_URL", &simulate.url)
            .env("AMP_CLIENT_ID", CLIENT)
            .env("AMP_API_KEY", KEY);
        let run = program::finish(command.output().unwrap());
        let printed = if to_file {
            run.err.clone()
        } else {
            format!("{}{}", run.out, run.err)
        };
        let printed = printed.replace(simulate.authority(), "127.0.0.1:8181");
        assert_eq!(lasting(&printed), lasting(expected), "{line}");
        let before = PAGE.split(block).next().unwrap();
        let code = before
            .rsplit("Exit code ")
            .next()
            .unwrap()
            .split('.')
            .next()
            .unwrap();
        assert_eq!(run.code.to_string(), code, "the exit code of {line}");
        done += 1;
    }
    assert_eq!(done, 6);
    let counts = simulate.counts();
    assert_eq!(counts["total"].as_u64(), Some(17), "{counts}");
}

#[test]
fn the_page_on_resilience_names_every_fault() {
    for kind in host_test::simulator::KINDS {
        assert!(
            PAGE.contains(&format!("`{}`", kind.name)),
            "{} is not on the page",
            kind.name
        );
    }
}
