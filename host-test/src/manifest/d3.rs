//! D3's manifest held against the component: the connection form, the commands and the event source.

use serde_json::{Value, json};

use super::complete::{KEY, check_mapping, complete_signal};
use super::description::{CommandDescription, Description};
use super::form::{self, Facts, equal};
use super::located::{Finding, Node, hold_unique};
use super::mapping::{Mapping, Path};
use super::schema;

/// Of several items some were done.
const PARTIALLY: &str = "Partially Successful";

/// The setting that D3's form has although it has a default.
const VERSION: &str = "api-version";

/// The key field that tells events apart.
const EVENT_IDS: &str = "event-ids";

/// Everything in which the manifest and the component differ. Its shape is right already.
pub(super) fn hold(
    manifest: &Value,
    of_signals: &Mapping,
    of_command: Option<&Mapping>,
    described: &Description,
) -> Vec<Finding> {
    let top = Node::top(manifest);
    let mut findings = Vec::new();
    let settings = Facts::of_settings(&described.settings);
    let fields = top.at("connection").at("fields");
    // D3's form has four settings; what else there is has its default.
    form::hold(
        &fields,
        "the settings",
        &settings,
        |setting| setting.is_required() || setting.is(VERSION),
        &mut findings,
    );
    known(
        &top.at("connection").at("test").at("command"),
        described,
        &mut findings,
    );

    let outputs = top.at("outputs");
    hold_unique(
        outputs.items().map(|output| output.at("name")),
        &mut findings,
    );
    let commands = top.at("commands");
    hold_unique(
        commands.items().map(|command| command.at("displayName")),
        &mut findings,
    );
    let mut seen: Vec<&str> = Vec::new();
    for command in commands.items() {
        let name = command.at("command").text();
        if seen.contains(&name) {
            let twice = format!("the command `{name}` stands here twice; leave one");
            findings.push(command.at("command").finding(twice));
        }
        seen.push(name);
        match find(described, name) {
            Some(described) => {
                hold_command(&command, described, &mut findings);
                hold_states(&command, described, &mut findings);
            }
            None => known(&command.at("command"), described, &mut findings),
        }
        hold_inputs(&command, &top, described, &mut findings);
        hold_outputs(&command, &top, &mut findings);
    }
    let all = described.commands.iter();
    for command in all.filter(|command| !seen.contains(&command.name.as_str())) {
        let missing = format!(
            "the command `{}` is missing here; the component has it",
            command.name
        );
        findings.push(commands.finding(missing));
    }
    hold_key_fields(&top, &mut findings);
    if let Some(mapping) = of_command {
        hold_event_source(&top, mapping, described, &mut findings);
    }
    hold_poll_event_source(
        &top.at("pollEventSource"),
        of_signals,
        described,
        &mut findings,
    );
    findings
}

fn find<'a>(described: &'a Description, name: &str) -> Option<&'a CommandDescription> {
    let mut commands = described.commands.iter();
    commands.find(|command| command.name == name)
}

fn known(here: &Node<'_>, described: &Description, findings: &mut Vec<Finding>) {
    let name = here.text();
    if find(described, name).is_none() {
        findings.push(here.finding(format!(
            "the component has no command `{name}`; `host-test commands` lists those that it has"
        )));
    }
}

fn hold_command(here: &Node<'_>, theirs: &CommandDescription, findings: &mut Vec<Finding>) {
    let mut same = |key: &str, theirs_too: Value| {
        equal(
            &here.at(key),
            key,
            &theirs.name,
            Some(&theirs_too),
            findings,
        );
    };
    same("description", theirs.help.as_str().into());
    same("effect", theirs.effect.as_str().into());
    same("idempotent", theirs.idempotent.into());
    same("scope", theirs.scope.as_str().into());
    let facts: Vec<Facts> = theirs.inputs.iter().map(Facts::of_input).collect();
    let owner = format!("`{}`", theirs.name);
    form::hold(&here.at("inputs"), &owner, &facts, |_| true, findings);
}

/// What takes several items does some of them and not others.
fn hold_states(here: &Node<'_>, theirs: &CommandDescription, findings: &mut Vec<Finding>) {
    let mut inputs = theirs.inputs.iter();
    let takes_several = inputs.any(|input| input.required && input.of.starts_with("list<"));
    let states = here.at("outputs").at("returnData");
    let can_be = states.items().any(|state| state.text() == PARTIALLY);
    if takes_several && !can_be {
        findings.push(states.finding(format!(
            "`{}` takes several items, so it can be `{PARTIALLY}`",
            theirs.name
        )));
    }
}

/// Where the values of inputs come from.
fn hold_inputs(
    command: &Node<'_>,
    top: &Node<'_>,
    described: &Description,
    findings: &mut Vec<Finding>,
) {
    for input in command.at("inputs").items() {
        for from in input.at("valuesFrom").items() {
            known(&from.at("command"), described, findings);
            let path = match Path::parse(from.at("path").text()) {
                Ok(path) => Some(path),
                Err(error) => {
                    findings.push(from.at("path").finding(error));
                    None
                }
            };
            let mut commands = top.at("commands").items();
            let source =
                commands.find(|other| other.at("command").text() == from.at("command").text());
            let Some(source) = source else { continue };
            let key = from.at("keyField");
            let mut keys = source.at("outputs").at("keyFields").items();
            if !keys.any(|other| other.text() == key.text()) {
                findings.push(key.finding(format!(
                    "`{}` has no key field `{}` in this manifest",
                    from.at("command").text(),
                    key.text()
                )));
                continue;
            }
            let Some(path) = path else { continue };
            let sample = source.at("outputs").at("sample");
            let keys = sample.at("keyFields").at(key.text());
            let found = match from.at("output").text() {
                // Of one page, which is what a sample shows.
                "rawData" => values(&path, &json!({"data": sample.at("contextData").value})),
                _ => values(&path, sample.at("contextData").value),
            };
            let keys: Vec<String> = keys.items().map(|key| key.text().to_lowercase()).collect();
            if found.is_empty() || found.iter().any(|value| !keys.contains(value)) {
                findings.push(from.at("path").finding(format!(
                    "in the sample of `{}` this path finds {found:?}, and the key field `{}` has {keys:?}",
                    from.at("command").text(),
                    key.text()
                )));
            }
        }
    }
}

/// The texts that a path finds, in lower case, as key fields are compared.
fn values(path: &Path, document: &Value) -> Vec<String> {
    let texts = path.find(document).map(|value| match value {
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    });
    texts.collect()
}

/// Each key field is one of some command.
fn hold_key_fields(top: &Node<'_>, findings: &mut Vec<Finding>) {
    let described = top.at("keyFields");
    let names = described.value.as_object().into_iter().flatten();
    for (name, _) in names {
        let mut commands = top.at("commands").items();
        let has = |command: Node<'_>| {
            let mut keys = command.at("outputs").at("keyFields").items();
            keys.any(|key| key.text() == name)
        };
        if !commands.any(has) {
            let unused = format!("no command has the key field `{name}`");
            findings.push(described.at(name).finding(unused));
        }
    }
}

/// The schema and the sample of the outputs.
fn hold_outputs(command: &Node<'_>, top: &Node<'_>, findings: &mut Vec<Finding>) {
    let outputs = command.at("outputs");
    let described = top.at("keyFields");
    for key in outputs.at("keyFields").items() {
        if described.at(key.text()).value.is_null() {
            let missing = format!("`{}` is not explained under `/keyFields`", key.text());
            findings.push(key.finding(missing));
        }
    }
    let shown = outputs.at("sample").at("keyFields");
    for (name, _) in shown.value.as_object().into_iter().flatten() {
        let mut listed = outputs.at("keyFields").items();
        if !listed.any(|key| key.text() == name) {
            findings.push(shown.at(name).finding(format!(
                "the key fields of `{}` do not list `{name}`, and its sample has it",
                command.at("command").text()
            )));
        }
    }
    let schema = outputs.at("contextData");
    let sample = outputs.at("sample").at("contextData");
    let definitions = top.at("$defs");
    match schema::hold_sample(
        schema.value,
        definitions.value,
        sample.value,
        &sample.pointer,
    ) {
        Ok(more) => findings.extend(more),
        Err(error) => findings.push(schema.finding(format!("this is no JSON Schema: {error}"))),
    }
}

/// Every path of the mapping finds something in the sample of the command that the events come from.
fn hold_event_source(
    top: &Node<'_>,
    mapping: &Mapping,
    described: &Description,
    findings: &mut Vec<Finding>,
) {
    let source = top.at("eventSource");
    let name = source.at("command");
    known(&name, described, findings);
    let key = hold_key(&source, findings);
    let mut commands = top.at("commands").items();
    let Some(command) = commands.find(|command| command.at("command").text() == name.text()) else {
        return;
    };
    let sample = command.at("outputs").at("sample").at("contextData");
    let events: Vec<&Value> = mapping.events(sample.value).collect();
    if events.is_empty() {
        findings.push(source.at("root").finding(format!(
            "this path leads to no event in the sample of `{}`",
            name.text()
        )));
        return;
    }
    let keys = command.at("outputs").at("sample").at("keyFields");
    let keys: Vec<&str> = keys.at(EVENT_IDS).items().map(|key| key.text()).collect();
    if let Ok(path) = Path::parse(key.text()) {
        let found: Vec<String> = events
            .iter()
            .flat_map(|event| values(&path, event))
            .collect();
        if found != keys {
            findings.push(key.finding(format!(
                "in the sample of `{}` this path finds {found:?}, and the events have the ids {keys:?}",
                name.text()
            )));
        }
    }
    for (pointer, path) in mapping.paths() {
        // A further source is for events without the first one, which the sample need not have.
        if pointer.contains("/from/") {
            continue;
        }
        let mut events = events.iter();
        if !events.any(|event| path.find(event).next().is_some()) {
            findings.push(Finding {
                pointer: format!("{}{pointer}", source.pointer),
                message: format!(
                    "this path finds nothing in the sample events of `{}`, which stand at {}",
                    name.text(),
                    sample.pointer
                ),
            });
        }
    }
}

/// Each field is there once, and one has the key as its source. Returns that key.
fn hold_key<'a>(source: &Node<'a>, findings: &mut Vec<Finding>) -> Node<'a> {
    hold_unique(
        source.at("fields").items().map(|field| field.at("name")),
        findings,
    );
    let key = source.at("uniqueEventKey");
    let mut fields = source.at("fields").items();
    if !fields.any(|field| field.at("source").text() == key.text()) {
        let none = format!("no field has the source `{}`", key.text());
        findings.push(key.finding(none));
    }
    key
}

/// Every path of the mapping of signals finds something in a signal that has all its fields, and the key is the signal's.
fn hold_poll_event_source(
    source: &Node<'_>,
    mapping: &Mapping,
    described: &Description,
    findings: &mut Vec<Finding>,
) {
    let key = hold_key(source, findings);
    let mut signal = complete_signal(described);
    check_mapping(source, mapping, &signal, findings);
    let expected = json!("7-0123456789abcdef");
    if let Some(field) = signal.get_mut(KEY) {
        field.clone_from(&expected);
    }
    let is_key = |path: Path| {
        mapping
            .events(&signal)
            .all(|signal| path.find(signal).eq([&expected]))
    };
    if !Path::parse(key.text()).is_ok_and(is_key) {
        findings.push(key.finding(format!(
            "this is not the key of a signal; that is `$.{KEY}`"
        )));
    }
}
