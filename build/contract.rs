//! The contract as the WIT files have it, read for its words.

use std::path::Path;

use wit_parser::{Function, Interface, Resolve, Type, TypeDefKind, TypeId};

/// The package in `wit/`.
pub struct Contract {
    resolve: Resolve,
    package: wit_parser::PackageId,
}

/// A function that takes the settings, in words.
pub struct Command {
    /// The interface that exports it.
    pub interface: &'static str,
    /// Name of the export.
    pub name: String,
    /// The first paragraph of its comment.
    pub summary: String,
    /// Its whole comment.
    pub help: String,
    /// Its inputs.
    pub inputs: Vec<Field>,
}

/// A field of a record, in words.
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its comment, without the example.
    pub help: String,
    /// The example, which stands last in the comment, in backticks.
    pub example: Option<String>,
    /// Whether its type is no `option`.
    pub required: bool,
}

impl Contract {
    /// Reads the WIT files of a folder.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve
            .push_dir(folder)
            .map_err(|error| format!("{} does not parse: {error:#}", folder.display()))?;
        Ok(Self { resolve, package })
    }

    /// Every command, and the poll: the functions that take the settings first. In alphabetical order within each interface.
    pub fn commands(&self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        for interface in ["commands", "connection", "intake"] {
            let functions = &self.interface(interface)?.functions;
            let mut functions: Vec<&Function> = functions
                .values()
                .filter(|function| self.is_command(function))
                .collect();
            functions.sort_by(|a, b| a.name.cmp(&b.name));
            for function in functions {
                let (summary, help) =
                    paragraphs(function.docs.contents.as_deref(), &function.name)?;
                let input = function
                    .params
                    .get(1)
                    .and_then(|parameter| self.record_of(&parameter.ty));
                let inputs = input.map_or(Ok(Vec::new()), |record| self.fields(record))?;
                commands.push(Command {
                    interface,
                    name: function.name.clone(),
                    summary,
                    help,
                    inputs,
                });
            }
        }
        Ok(commands)
    }

    /// Every field of a record, such as `settings` of `connection`.
    pub fn record(&self, interface: &str, name: &str) -> Result<Vec<Field>, String> {
        let record = self.interface(interface)?.types.get(name);
        self.fields(*record.ok_or_else(|| format!("the contract has no record `{name}`"))?)
    }

    fn interface(&self, name: &str) -> Result<&Interface, String> {
        self.resolve
            .packages
            .get(self.package)
            .and_then(|package| package.interfaces.get(name))
            .and_then(|id| self.resolve.interfaces.get(*id))
            .ok_or_else(|| format!("the contract has no interface `{name}`"))
    }

    fn is_command(&self, function: &Function) -> bool {
        function.params.first().is_some_and(|parameter| {
            parameter.name == "settings" && self.record_of(&parameter.ty).is_some()
        })
    }

    /// The record that a type is, through any `use`.
    fn record_of(&self, ty: &Type) -> Option<TypeId> {
        let Type::Id(id) = ty else { return None };
        match &self.resolve.types.get(*id)?.kind {
            TypeDefKind::Record(_) => Some(*id),
            TypeDefKind::Type(inner) => self.record_of(inner),
            _ => None,
        }
    }

    fn fields(&self, record: TypeId) -> Result<Vec<Field>, String> {
        let Some(TypeDefKind::Record(record)) = self.resolve.types.get(record).map(|ty| &ty.kind)
        else {
            return Err("the contract has an input that is no record".to_owned());
        };
        let field = |field: &wit_parser::Field| {
            let (_, words) = paragraphs(field.docs.contents.as_deref(), &field.name)?;
            let (help, example) = match words.split_once("Example: `") {
                Some((help, example)) => (
                    help.trim_end().to_owned(),
                    Some(example.trim_end_matches('`').to_owned()),
                ),
                None => (words, None),
            };
            let optional = matches!(field.ty, Type::Id(id)
                if matches!(self.resolve.types.get(id).map(|ty| &ty.kind), Some(TypeDefKind::Option(_))));
            Ok(Field {
                name: field.name.clone(),
                help,
                example,
                required: !optional,
            })
        };
        record.fields.iter().map(field).collect()
    }
}

/// A comment's first paragraph, and the whole comment with its line breaks inside paragraphs undone.
fn paragraphs(docs: Option<&str>, item: &str) -> Result<(String, String), String> {
    let paragraphs: Vec<String> = docs
        .unwrap_or_default()
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

/// `connector-guids` as `Connector GUIDs`, with the field's abbreviations as people write them.
pub fn title(name: &str) -> String {
    let words = name.split('-').map(|word| match word {
        "guid" => "GUID".to_owned(),
        "guids" => "GUIDs".to_owned(),
        "id" => "ID".to_owned(),
        "url" => "URL".to_owned(),
        "api" => "API".to_owned(),
        "ms" => "(ms)".to_owned(),
        _ => capitalised(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A word with its first letter in upper case.
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
