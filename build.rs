//! Takes the words of the catalogue from the WIT files, so that the contract's comments are their one source: a built
//! component does not carry them.
//!
//! Writes `catalog_words.rs` with an enum of every command, each command's words and inputs, and the help of each setting.

#![allow(
    clippy::use_debug,
    reason = "the debug form of a text is its Rust literal"
)]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wit_parser::{Function, Interface, Resolve, Type, TypeDefKind, TypeId};

fn main() {
    println!("cargo::rerun-if-changed=wit");
    println!("cargo::rerun-if-changed=build.rs");
    match generate() {
        Ok(code) => {
            let out = env::var("OUT_DIR").unwrap_or_default();
            if let Err(error) = fs::write(Path::new(&out).join("catalog_words.rs"), code) {
                println!("cargo::error=cannot write catalog_words.rs: {error}");
            }
        }
        Err(message) => println!("cargo::error={message}"),
    }
}

/// Generates the Rust text, or says which item of the contract has no words.
fn generate() -> Result<String, String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(Path::new("wit"))
        .map_err(|error| format!("wit/ does not parse: {error:#}"))?;
    let interface = |name: &str| -> Result<&Interface, String> {
        resolve
            .packages
            .get(package)
            .and_then(|package| package.interfaces.get(name))
            .and_then(|id| resolve.interfaces.get(*id))
            .ok_or_else(|| format!("wit/ has no interface `{name}`"))
    };

    let mut commands: Vec<(&str, &Function)> = Vec::new();
    for name in ["commands", "connection"] {
        let mut functions: Vec<&Function> = interface(name)?
            .functions
            .values()
            .filter(|function| is_command(&resolve, function))
            .collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        commands.extend(functions.into_iter().map(|function| (name, function)));
    }

    let mut code = String::from(
        "/// Every command of the contract.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Command {\n",
    );
    for (_, function) in &commands {
        let summary = paragraphs(function.docs.contents.as_deref(), &function.name)?.0;
        let _ = writeln!(
            code,
            "    /// {summary}\n    {},",
            pascal_case(&function.name)
        );
    }
    code.push_str("}\n\n/// Every command, in the order of the catalogue.\npub const COMMANDS: &[Command] = &[\n");
    for (_, function) in &commands {
        let _ = writeln!(code, "    Command::{},", pascal_case(&function.name));
    }
    code.push_str("];\n\nimpl Command {\n    /// The words of the contract about this command.\n    pub const fn words(self) -> &'static CommandWords {\n        match self {\n");
    for (interface, function) in &commands {
        let (summary, help) = paragraphs(function.docs.contents.as_deref(), &function.name)?;
        let _ = writeln!(
            code,
            "            Self::{} => &CommandWords {{ interface: {interface:?}, name: {:?}, title: {:?}, summary: {summary:?}, help: {help:?}, inputs: &[{}] }},",
            pascal_case(&function.name),
            function.name,
            title_case(&function.name),
            fields(&resolve, input_record(&resolve, function))?,
        );
    }
    code.push_str("        }\n    }\n}\n\n");

    let settings = interface("connection")?
        .types
        .get("settings")
        .copied()
        .ok_or("wit/ has no record `settings`")?;
    let _ = writeln!(
        code,
        "/// The settings, in the order of the contract.\npub const SETTINGS: &[FieldWords] = &[{}];",
        fields(&resolve, Some(settings))?
    );
    Ok(code)
}

/// A command is a function that takes the settings first; `settings-schema` and `describe` are none.
fn is_command(resolve: &Resolve, function: &Function) -> bool {
    function.params.first().is_some_and(|parameter| {
        parameter.name == "settings" && record_of(resolve, &parameter.ty).is_some()
    })
}

/// The record of a command's second parameter.
fn input_record(resolve: &Resolve, function: &Function) -> Option<TypeId> {
    record_of(resolve, &function.params.get(1)?.ty)
}

/// The record that a type is, through any `use`.
fn record_of(resolve: &Resolve, ty: &Type) -> Option<TypeId> {
    let Type::Id(id) = ty else { return None };
    match &resolve.types.get(*id)?.kind {
        TypeDefKind::Record(_) => Some(*id),
        TypeDefKind::Type(inner) => record_of(resolve, inner),
        _ => None,
    }
}

/// The fields of a record as a list of `FieldWords`.
fn fields(resolve: &Resolve, record: Option<TypeId>) -> Result<String, String> {
    let Some(TypeDefKind::Record(record)) = record
        .and_then(|id| resolve.types.get(id))
        .map(|ty| &ty.kind)
    else {
        return Ok(String::new());
    };
    let mut code = String::new();
    for field in &record.fields {
        let (_, words) = paragraphs(field.docs.contents.as_deref(), &field.name)?;
        // An example stands last, in backticks, and is shown apart from the help.
        let (help, example) = match words.split_once("Example: `") {
            Some((help, example)) => (
                help.trim_end().to_owned(),
                Some(example.trim_end_matches('`').to_owned()),
            ),
            None => (words, None),
        };
        let optional = matches!(field.ty, Type::Id(id)
            if matches!(resolve.types.get(id).map(|ty| &ty.kind), Some(TypeDefKind::Option(_))));
        let _ = write!(
            code,
            "\n    FieldWords {{ name: {:?}, title: {:?}, help: {help:?}, required: {}, example: {example:?} }},",
            field.name,
            title_case(&field.name),
            !optional,
        );
    }
    Ok(code)
}

/// A comment's first paragraph, and the whole comment with its line breaks inside paragraphs undone.
fn paragraphs(docs: Option<&str>, item: &str) -> Result<(String, String), String> {
    let docs = docs.unwrap_or_default();
    let paragraphs: Vec<String> = docs
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    match paragraphs.first() {
        Some(first) => Ok((first.clone(), paragraphs.join("\n\n"))),
        None => Err(format!(
            "`{item}` has no doc comment in wit/; the catalogue takes its words from there"
        )),
    }
}

/// `get-computers` as `GetComputers`.
fn pascal_case(name: &str) -> String {
    name.split('-').map(capitalised).collect()
}

/// `connector-guids` as `Connector GUIDs`, with the field's abbreviations as people write them.
fn title_case(name: &str) -> String {
    name.split('-')
        .map(|word| match word {
            "guid" => "GUID".to_owned(),
            "guids" => "GUIDs".to_owned(),
            "id" => "ID".to_owned(),
            "url" => "URL".to_owned(),
            "api" => "API".to_owned(),
            "ms" => "(ms)".to_owned(),
            _ => capitalised(word),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word with its first letter in upper case.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
