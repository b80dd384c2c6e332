//! The catalogue's words: an enum of every command as Rust, and what the contract says of each, packed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::contract::{Command, Contract, Field, capitalised, title};

/// Generates `commands.rs`: what the code must know of each command at compile time.
pub fn commands(contract: &Contract) -> Result<String, String> {
    let (mut variants, mut names, mut titles) = (String::new(), String::new(), String::new());
    for Command { name, summary, .. } in contract.commands()? {
        let variant: String = name.split('-').map(capitalised).collect();
        let _ = write!(variants, "    /// {summary}\n    {variant},\n");
        let _ = writeln!(names, "    Command::{variant},");
        let _ = writeln!(
            titles,
            "            Self::{variant} => \"{}\",",
            title(&name)
        );
    }
    Ok(format!(
        "/// Every command of the contract, and the poll.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\n\
         pub enum Command {{\n{variants}}}\n\n\
         /// Every command and the poll, in the order of the catalogue.\n\
         pub const COMMANDS: &[Command] = &[\n{names}];\n\n\
         impl Command {{\n    /// Its name for people.\n    \
         pub const fn title(self) -> &'static str {{\n        match self {{\n{titles}        }}\n    }}\n}}\n",
    ))
}

/// Generates `words.json`: everything that hosts are told in words, of which the guest reads a part when it is asked for it.
pub fn words(contract: &Contract, schema: &str) -> Result<String, String> {
    let commands: Vec<Value> = contract.commands()?.iter().map(command).collect();
    let signal = contract.record("intake", "signal")?;
    let words = json!({
        "commands": commands,
        "signal-fields": signal.iter().map(field).collect::<Vec<Value>>(),
        "settings-schema": schema,
    });
    Ok(words.to_string())
}

fn command(command: &Command) -> Value {
    json!({
        "interface": command.interface,
        "name": command.name,
        "title": title(&command.name),
        "summary": command.summary,
        "help": command.help,
        "inputs": command.inputs.iter().map(field).collect::<Vec<Value>>(),
    })
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "title": title(&field.name),
        "help": field.help,
        "required": field.required,
        "example": field.example,
    })
}
