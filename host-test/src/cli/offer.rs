//! `commands` and `describe`: what the component offers, from its own words and types.

use std::fmt::Write as _;

use serde::Serialize;

use super::SUCCESSFUL;
use super::arguments::Format;
use super::console::{Console, plain};
use super::error::CliError;
use super::table::aligned;
use crate::catalog::Command;
use crate::json_text;
use crate::manifest::description::{CommandDescription, InputDescription};

/// The command of a name.
///
/// # Errors
///
/// When the component has none; says which it has.
pub(super) fn find<'a>(commands: &'a [Command], name: &str) -> Result<&'a Command, CliError> {
    commands
        .iter()
        .find(|command| command.words.name == name)
        .ok_or_else(|| {
            let nearest = commands
                .iter()
                .map(|command| (strsim::jaro_winkler(name, &command.words.name), command))
                // 0.8 is where command line parsers draw this line.
                .filter(|(score, _)| *score > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let hint = nearest
                .map(|(_, near)| format!("; did you mean `{}`?", near.words.name))
                .unwrap_or_else(|| ";".to_owned());
            CliError::Usage(format!(
                "the component has no command `{name}`{hint} `host-test commands` lists them all"
            ))
        })
}

/// A table of the commands.
pub(super) fn commands(
    commands: &[Command],
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    if format == Format::Json {
        let lines: Vec<Line<'_>> = commands.iter().map(Line::of).collect();
        console.print(&json_text::of(&lines))?;
        return Ok(SUCCESSFUL);
    }
    let rows: Vec<Vec<String>> = commands
        .iter()
        .map(|command| {
            let words = &command.words;
            vec![
                words.name.clone(),
                words.title.clone(),
                words.effect.clone(),
                words.scope.clone(),
                words.summary.clone(),
            ]
        })
        .collect();
    console.print(&aligned(
        &["Name", "Title", "Effect", "Scope", "Summary"],
        &rows,
    ))?;
    Ok(SUCCESSFUL)
}

/// All about one command, or about every one.
pub(super) fn describe(
    commands: &[Command],
    name: Option<&str>,
    format: Format,
    console: &mut Console,
) -> Result<u8, CliError> {
    let text = match (name, format) {
        (Some(name), Format::Json) => json_text::of(&CommandDescription::of(find(commands, name)?)),
        (None, Format::Json) => {
            let all = commands.iter().map(CommandDescription::of);
            json_text::of(&all.collect::<Vec<_>>())
        }
        (Some(name), Format::Text) => in_words(find(commands, name)?),
        (None, Format::Text) => commands
            .iter()
            .map(in_words)
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    console.print(&text)?;
    Ok(SUCCESSFUL)
}

/// A command in a list.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    title: &'a str,
    effect: &'a str,
    scope: &'a str,
    summary: &'a str,
}

impl<'a> Line<'a> {
    fn of(command: &'a Command) -> Self {
        let words = &command.words;
        Self {
            name: &words.name,
            title: &words.title,
            effect: &words.effect,
            scope: &words.scope,
            summary: &words.summary,
        }
    }
}

fn in_words(command: &Command) -> String {
    let words = &command.words;
    let again = if words.idempotent {
        "may be run again"
    } else {
        "running it twice does it twice"
    };
    let mut text = format!(
        "{} ({})\n{}, {again}; scope {}\n\n{}\n",
        plain(&words.title),
        plain(&words.name),
        plain(&words.effect),
        plain(&words.scope),
        words.help.lines().map(plain).collect::<Vec<_>>().join("\n")
    );
    for input in &command.inputs {
        let field = InputDescription::of(input);
        let needed = if field.required {
            "required"
        } else {
            "optional"
        };
        let _ = write!(
            text,
            "\n  --{} ({}, {needed})\n      {}\n",
            plain(&field.name),
            field.of,
            plain(&field.help)
        );
        let mut facts = Vec::new();
        if !field.cases.is_empty() {
            facts.push(format!("one of {}", field.cases.join(", ")));
        }
        facts.extend(
            field
                .default
                .iter()
                .map(|default| format!("default {}", plain(default))),
        );
        facts.extend(field.minimum.map(|minimum| format!("from {minimum}")));
        facts.extend(field.maximum.map(|maximum| format!("to {maximum}")));
        facts.extend(
            field
                .example
                .iter()
                .map(|example| format!("example {}", plain(example))),
        );
        if !facts.is_empty() {
            let _ = writeln!(text, "      [{}]", facts.join("; "));
        }
    }
    text
}
