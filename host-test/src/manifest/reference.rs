//! The reference for people, made of the neutral description alone: every command and input, the settings, the poll and its
//! signals. `docs/commands.md` is this text; a test holds it.

use std::fmt::Write as _;

use serde_json::Value;

use super::description::{CommandDescription, Description, FieldDescription, InputDescription};

/// What stands at the top.
const HEAD: &str = "\
# Reference

Generated from the component by `host-test manifest`; do not edit. The words are those of [wit/](../wit). After a change there:
`UPDATE_GOLDENS=1 cargo test -p host-test --test manifest`.

";

/// The reference as Markdown.
#[must_use]
pub fn markdown(described: &Description) -> String {
    let mut page = HEAD.to_owned();
    let commands = &described.commands;
    page.push_str("## Commands\n\n");
    let rows = commands.iter().map(|command| {
        let again = if command.idempotent { "yes" } else { "no" };
        vec![
            format!("[`{}`](#{})", command.name, command.name),
            command.summary.clone(),
            command.effect.clone(),
            command.scope.clone(),
            again.to_owned(),
        ]
    });
    table(
        &mut page,
        &["Command", "What", "Effect", "Scope", "Repeatable"],
        rows,
    );
    page.push_str("Repeatable: twice leaves the organisation as once does.\n\n");
    for command in commands {
        section(&mut page, command, "###");
    }
    page.push_str("## Settings\n\nThe settings of a connection, which every command takes.\n\n");
    table(
        &mut page,
        &["Setting", "Needed", "Default", "Range", "What"],
        settings(&described.settings).into_iter(),
    );
    page.push_str("## Intake\n\n");
    section(&mut page, &described.intake.poll, "###");
    page.push_str("### Signals\n\nA signal is printed as a JSON object; a field without a value is left out.\n\n");
    let fields = described.intake.signal_fields.iter();
    table(&mut page, &["Field", "Type", "What"], fields.map(field));
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn section(page: &mut String, command: &CommandDescription, level: &str) {
    let CommandDescription {
        name,
        title,
        help,
        inputs,
        ..
    } = command;
    let _ = write!(page, "{level} {name}\n\n**{title}**\n\n{help}\n\n");
    if inputs.is_empty() {
        page.push_str("It takes no input.\n\n");
        return;
    }
    let rows = inputs.iter().map(input);
    table(
        page,
        &[
            "Input", "Type", "Needed", "Default", "Range", "Example", "What",
        ],
        rows,
    );
}

fn input(input: &InputDescription) -> Vec<String> {
    let kind = if input.cases.is_empty() {
        kind(&input.of)
    } else {
        let cases = input.cases.iter().map(|case| format!("`{case}`"));
        format!("one of {}", cases.collect::<Vec<_>>().join(", "))
    };
    vec![
        format!("`{}`", input.name),
        kind,
        if input.required { "yes" } else { "" }.to_owned(),
        code(input.default.as_deref()),
        range(input.minimum, input.maximum),
        code(input.example.as_deref()),
        input.help.clone(),
    ]
}

/// A row for each setting, those that are needed first.
fn settings(schema: &Value) -> Vec<Vec<String>> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let needed = schema.get("required").and_then(Value::as_array);
    let place = |name: &String| needed.and_then(|all| all.iter().position(|one| one == name));
    let mut properties: Vec<_> = properties.into_iter().flatten().collect();
    properties.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    let row = |(name, property): (&String, &Value)| {
        let number = |key| property.get(key).and_then(Value::as_u64);
        let default = property.get("default").map(|default| match default {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let help = property.get("description").and_then(Value::as_str);
        let is_needed = place(name).is_some();
        vec![
            format!("`{name}`"),
            if is_needed { "yes" } else { "" }.to_owned(),
            code(default.as_deref()),
            range(number("minimum"), number("maximum")),
            help.unwrap_or_default().to_owned(),
        ]
    };
    properties.into_iter().map(row).collect()
}

fn field(field: &FieldDescription) -> Vec<String> {
    let inner = field.fields.iter();
    let inner: Vec<String> = inner
        .map(|field| format!("`{}`", field.json_name))
        .collect();
    let kind = match (field.name.as_str(), inner.as_slice()) {
        // A text in the contract, nested JSON where a signal is printed.
        ("raw", _) => "JSON".to_owned(),
        (_, []) => kind(&field.of),
        (_, inner) => format!("list of objects with {}", inner.join(", ")),
    };
    vec![
        format!("`{}`", field.json_name),
        kind,
        field.help.clone().unwrap_or_default(),
    ]
}

/// A type in words.
fn kind(of: &str) -> String {
    let bare = of.trim_start_matches("option<").trim_end_matches('>');
    match bare.trim_start_matches("list<") {
        one if one.len() < bare.len() => format!("list of {}s", kind(one)),
        "string" => "text".to_owned(),
        "bool" => "`true` or `false`".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" => "number".to_owned(),
        other => other.to_owned(),
    }
}

fn range(minimum: Option<u64>, maximum: Option<u64>) -> String {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
        (Some(minimum), None) => format!("from {minimum}"),
        (None, Some(maximum)) => format!("to {maximum}"),
        (None, None) => String::new(),
    }
}

fn code(text: Option<&str>) -> String {
    text.map(|text| format!("`{text}`")).unwrap_or_default()
}

fn table(page: &mut String, headings: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = writeln!(page, "| {} |", headings.join(" | "));
    let _ = writeln!(page, "|{}", " --- |".repeat(headings.len()));
    for row in rows {
        let cells = row.iter().map(|cell| {
            // A line break or a bar would end the cell.
            cell.replace('|', "\\|").replace('\n', " ")
        });
        let _ = writeln!(page, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    page.push('\n');
}
