//! Fields of a form held against what the component says of them: a connection's settings, a command's inputs.

use serde_json::Value;

use super::description::InputDescription;
use super::located::{Finding, Node, hold_unique};

/// The type of a field that takes a bare host name where the component takes a URL.
const HOST_NAME: &str = "Host Name";

/// What the component says of a field.
#[derive(Debug)]
pub(super) struct Facts {
    name: String,
    /// `text`, `number`, `boolean`, `list of texts` or `list of numbers`.
    kind: &'static str,
    required: bool,
    default: Option<Value>,
    minimum: Option<u64>,
    maximum: Option<u64>,
    max_length: Option<u64>,
    max_items: Option<u64>,
    /// Values that could stand there; any of them will do.
    examples: Vec<Value>,
    help: String,
    choices: Vec<Value>,
    /// The choices' names for people, if the component has any.
    titles: Vec<Value>,
    /// Whether it must be kept secret.
    secret: bool,
}

/// How the help of an input begins to say that it is secret: the contract has no other place for it.
const SECRET: &str = "Secret: ";

impl Facts {
    /// Of an input.
    pub(super) fn of_input(input: &InputDescription) -> Self {
        let bare = input.of.trim_start_matches("option<").trim_end_matches('>');
        let element = bare.strip_prefix("list<");
        let one = match element.unwrap_or(bare) {
            "bool" => "boolean",
            "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" => "number",
            _ => "text",
        };
        let kind = match (element, one) {
            (None, one) => one,
            (Some(_), "number") => "list of numbers",
            (Some(_), _) => "list of texts",
        };
        let value = |text: &String| {
            let value = match one {
                "text" => text.as_str().into(),
                _ => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
            };
            match element {
                Some(_) => Value::Array(vec![value]),
                None => value,
            }
        };
        Self {
            name: input.name.clone(),
            kind,
            required: input.required,
            default: input.default.as_ref().map(value),
            minimum: input.minimum,
            maximum: input.maximum,
            max_length: input.max_length,
            max_items: input.max_items,
            examples: input.example.iter().map(value).collect(),
            help: input.help.clone(),
            choices: input.cases.iter().cloned().map(Value::String).collect(),
            titles: Vec::new(),
            secret: input.help.contains(SECRET),
        }
    }

    /// Of every setting, from their JSON Schema.
    pub(super) fn of_settings(schema: &Value) -> Vec<Self> {
        let required = schema.get("required").and_then(Value::as_array);
        let properties = schema.get("properties").and_then(Value::as_object);
        let facts = |(name, property): (&String, &Value)| {
            let number = |key| property.get(key).and_then(Value::as_u64);
            let list = |key| property.get(key).and_then(Value::as_array).cloned();
            // Regions stand in one of the alternatives, since any other server is right too.
            let regions = property.pointer("/anyOf/0/oneOf").and_then(Value::as_array);
            let of_regions = |key: &str| -> Option<Vec<Value>> {
                let values = regions?.iter().filter_map(|region| region.get(key));
                Some(values.cloned().collect())
            };
            Self {
                name: name.clone(),
                kind: match property.get("type").and_then(Value::as_str) {
                    Some("integer") => "number",
                    _ => "text",
                },
                required: required.is_some_and(|all| all.iter().any(|one| one == name)),
                default: property.get("default").cloned(),
                minimum: number("minimum"),
                maximum: number("maximum"),
                max_length: number("maxLength"),
                max_items: number("maxItems"),
                examples: list("examples").unwrap_or_default(),
                help: property
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
                choices: of_regions("const")
                    .or_else(|| list("enum"))
                    .unwrap_or_default(),
                titles: of_regions("title").unwrap_or_default(),
                secret: property.get("writeOnly") == Some(&Value::Bool(true)),
            }
        };
        properties.into_iter().flatten().map(facts).collect()
    }

    /// Whether it must be given.
    pub(super) fn is_required(&self) -> bool {
        self.required
    }

    /// Whether it is the one of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }
}

/// Holds a form against the fields that `owner` has. `needed` says which of them the form must not leave out.
pub(super) fn hold(
    form: &Node<'_>,
    owner: &str,
    facts: &[Facts],
    needed: impl Fn(&Facts) -> bool,
    findings: &mut Vec<Finding>,
) {
    hold_unique(form.items().map(|field| field.at("displayName")), findings);
    let mut seen: Vec<&str> = Vec::new();
    for field in form.items() {
        let name = field.at("field").text();
        if seen.contains(&name) {
            findings.push(field.at("field").finding(format!(
                "the field `{name}` of {owner} stands here twice; leave one"
            )));
        }
        seen.push(name);
        match facts.iter().find(|facts| facts.name == name) {
            Some(facts) => hold_one(&field, facts, findings),
            None => findings.push(field.at("field").finding(format!(
                "{owner} has no field `{name}`; the component knows {}",
                names(facts)
            ))),
        }
    }
    let missing = facts
        .iter()
        .filter(|facts| needed(facts) && !seen.contains(&facts.name.as_str()));
    findings.extend(missing.map(|facts| {
        form.finding(format!(
            "the field `{}` of {owner} is missing here; the component has it",
            facts.name
        ))
    }));
}

fn names(facts: &[Facts]) -> String {
    let names = facts.iter().map(|facts| format!("`{}`", facts.name));
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn hold_one(field: &Node<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    let kind = field.at("type").text();
    let as_here = |value: &Value| match value.as_str() {
        Some(text) if kind == HOST_NAME => text.replace("https://", "").into(),
        _ => value.clone(),
    };
    let name = &facts.name;
    let mut same = |key: &str, theirs: Option<Value>| {
        equal(&field.at(key), key, name, theirs.as_ref(), findings);
    };
    same("required", Some(facts.required.into()));
    same("default", facts.default.as_ref().map(as_here));
    same("minimum", facts.minimum.map(Value::from));
    same("maximum", facts.maximum.map(Value::from));
    same("maxLength", facts.max_length.map(Value::from));
    same("maxItems", facts.max_items.map(Value::from));
    same("description", Some(as_here(&facts.help.as_str().into())));

    let kinds = match facts.kind {
        "number" => &["Number"][..],
        "boolean" => &["Boolean"],
        "list of texts" => &["Text Array"],
        "list of numbers" => &["Number Array"],
        _ => &["Text", "Date Time", "Option", HOST_NAME],
    };
    if !kinds.contains(&kind) {
        findings.push(field.at("type").finding(format!(
            "the type of `{name}` is `{kind}` here; for the component it is a {}: write `{}`",
            facts.kind,
            kinds.join("` or `")
        )));
    }
    let examples: Vec<Value> = facts.examples.iter().map(as_here).collect();
    let example = field.at("example");
    match examples.as_slice() {
        [] => equal(&example, "example", name, None, findings),
        [first, ..] if !examples.contains(example.value) => {
            equal(&example, "example", name, Some(first), findings);
        }
        _ => {}
    }
    let choices: Vec<Value> = facts.choices.iter().map(as_here).collect();
    let here: Vec<&Value> = field
        .at("choices")
        .items()
        .map(|choice| choice.at("value").value)
        .collect();
    if here != choices.iter().collect::<Vec<_>>() {
        findings.push(field.at("choices").finding(format!(
            "the choices of `{name}` are {} for the component, in this order",
            Value::Array(choices)
        )));
    }
    for (choice, title) in field.at("choices").items().zip(&facts.titles) {
        equal(&choice.at("title"), "title", name, Some(title), findings);
    }
    // What is left out is false.
    let here = field.at("secret").value.as_bool().unwrap_or(false);
    if here != facts.secret {
        findings.push(field.at("secret").finding(format!(
            "whether `{name}` is secret: the component says {}",
            facts.secret
        )));
    }
}

/// Holds a value against the component's. None is null, or nothing at all.
pub(super) fn equal(
    here: &Node<'_>,
    key: &str,
    of: &str,
    theirs: Option<&Value>,
    findings: &mut Vec<Finding>,
) {
    let message = match (here.value, theirs) {
        (Value::Null, None) => return,
        (value, Some(theirs)) if value == theirs => return,
        (Value::Null, Some(theirs)) => {
            format!("the {key} of `{of}` is missing here; the component says {theirs}")
        }
        (value, Some(theirs)) => {
            format!("the {key} of `{of}` is {value} here; the component says {theirs}")
        }
        (value, None) => {
            format!("the {key} of `{of}` is {value} here; the component has none, so leave it out")
        }
    };
    findings.push(here.finding(message));
}
