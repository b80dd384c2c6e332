//! The catalogue's words as Rust: an enum of every command, and what the contract says of each.

#![allow(
    clippy::use_debug,
    reason = "the debug form of a text is its Rust literal"
)]

use std::fmt::Write as _;

use crate::contract::{Command, Contract, Field, capitalised, title};

/// Generates `catalog_words.rs`.
pub fn generate(contract: &Contract) -> Result<String, String> {
    let commands = contract.commands()?;
    let variants = commands
        .iter()
        .map(|command| format!("    /// {}\n    {},\n", command.summary, variant(command)));
    let names = commands
        .iter()
        .map(|command| format!("    Command::{},\n", variant(command)));
    let arms = commands.iter().map(|command| {
        let Command { interface, name, summary, help, inputs } = command;
        format!(
            "            Self::{} => &CommandWords {{ interface: {interface:?}, name: {name:?}, title: {:?}, \
             summary: {summary:?}, help: {help:?}, inputs: &[{}] }},\n",
            variant(command),
            title(name),
            fields(inputs),
        )
    });
    Ok(format!(
        "/// Every command of the contract.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\n\
         pub enum Command {{\n{}}}\n\n\
         /// Every command, in the order of the catalogue.\n\
         pub const COMMANDS: &[Command] = &[\n{}];\n\n\
         impl Command {{\n    /// The words of the contract about this command.\n    \
         pub const fn words(self) -> &'static CommandWords {{\n        match self {{\n{}        }}\n    }}\n}}\n",
        variants.collect::<String>(),
        names.collect::<String>(),
        arms.collect::<String>(),
    ))
}

/// `get-computers` as `GetComputers`.
fn variant(command: &Command) -> String {
    command.name.split('-').map(capitalised).collect()
}

fn fields(fields: &[Field]) -> String {
    let mut code = String::new();
    for Field {
        name,
        help,
        example,
        required,
    } in fields
    {
        let _ = write!(
            code,
            "\n    FieldWords {{ name: {name:?}, title: {:?}, help: {help:?}, required: {required}, example: {example:?} }},",
            title(name),
        );
    }
    code
}
