//! `run` and `poll`: a command line made at run time of what the component offers, so that a new command or field has its
//! flag, its help and its completion of mistakes without a line here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgAction, ArgMatches, Args as _, CommandFactory as _, FromArgMatches as _};
use serde_json::{Map, Value};
use wasmtime::component::Type;

use super::arguments::{Arguments, ConnectionArguments, Format};
use super::error::CliError;
use crate::catalog::{Command, Input, Intake};
use crate::regular_file;
use crate::values;

/// The flag that takes the whole input as JSON.
const INPUT: &str = "input";
/// The flag that names the file of the cursor, and the field that its text goes into.
pub(super) const CURSOR: &str = "cursor";
/// Before the name of a field whose own name is taken by a flag of the host.
const PREFIX: &str = "input-";

/// What `run` was asked for.
pub(super) struct Run<'a> {
    pub(super) command: &'a Command,
    pub(super) connection: ConnectionArguments,
    pub(super) input: Map<String, Value>,
    pub(super) format: Format,
}

/// What `poll` was asked for.
pub(super) struct Poll {
    pub(super) connection: ConnectionArguments,
    /// The request, without what is in the file.
    pub(super) request: Map<String, Value>,
    /// The file of the cursor.
    pub(super) cursor: Option<PathBuf>,
    pub(super) format: Format,
}

/// The component named among the arguments of `run` or `poll`, which is needed before they can be understood.
pub(super) fn component_in(rest: &[OsString]) -> Option<PathBuf> {
    // After `--` there are no flags.
    let mut rest = rest.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        if text == "--component" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(file) = text.strip_prefix("--component=") {
            return Some(PathBuf::from(file));
        }
    }
    None
}

/// Understands the whole command line, now that the commands are known.
pub(super) fn parse<'a>(
    arguments: &[OsString],
    commands: &'a [Command],
) -> Result<Run<'a>, CliError> {
    let matches = parser(commands).try_get_matches_from(arguments)?;
    let nothing = || CliError::Usage("name a command; `host-test commands` lists them".to_owned());
    let (_, run) = matches.subcommand().ok_or_else(nothing)?;
    let (name, run) = run.subcommand().ok_or_else(nothing)?;
    let command = commands
        .iter()
        .find(|command| command.words.name == name)
        .ok_or_else(nothing)?;
    Ok(Run {
        command,
        connection: ConnectionArguments::from_arg_matches(run)?,
        input: input(command, run)?,
        format: format(&matches),
    })
}

/// Understands the whole command line of `poll`, now that the intake is known.
pub(super) fn parse_poll(arguments: &[OsString], intake: &Intake) -> Result<Poll, CliError> {
    let mut poll = intake.poll.clone();
    // The flag of that name takes a file.
    poll.inputs.retain(|field| field.name != CURSOR);
    let file = Arg::new(CURSOR)
        .long(CURSOR)
        .value_name("FILE")
        .value_parser(PathBufValueParser::new())
        .help_heading("Inputs")
        .display_order(0)
        .help(CURSOR_HELP)
        .long_help(format!("{CURSOR_HELP}.\n\n{CURSOR_LONG_HELP}"));
    let parser = subcommand(&poll).arg(file).after_long_help(POLL_OUTPUT);
    let matches = Arguments::command()
        .mut_subcommand(&poll.words.name, |_| parser)
        .try_get_matches_from(arguments)?;
    let (_, asked) = matches
        .subcommand()
        .ok_or_else(|| CliError::Usage("name a command".to_owned()))?;
    Ok(Poll {
        connection: ConnectionArguments::from_arg_matches(asked)?,
        request: input(&poll, asked)?,
        cursor: asked.get_one::<PathBuf>(CURSOR).cloned(),
        format: format(&matches),
    })
}

fn format(matches: &ArgMatches) -> Format {
    matches
        .get_one::<Format>("format")
        .copied()
        .unwrap_or(Format::Text)
}

/// What `--cursor` takes, in a sentence.
const CURSOR_HELP: &str = "Where the poll goes on, and where it leaves off for the next one";
/// The rest of it.
const CURSOR_LONG_HELP: &str = "An absent or empty file makes it the first poll. The file is replaced, all at once, when the signals are written \
     and flushed to standard output, and not if they cannot be: then the next poll gives the same signals again. Use a file of its own for each \
     organisation and filter. One poll at a time can use it: a second one ends with exit code 2, by a lock on FILE.lock beside it. Without this flag every poll is a first one.";
/// What `poll` prints, in either format.
const POLL_OUTPUT: &str = "\
Standard output has one JSON object a line for each signal, the oldest first: `uniqueEventKey` as text, the other typed fields in \
     camelCase, and the event as AMP sent it in `raw`.

Standard error has what the poll did, as one JSON line. With \"more\": true, poll again at once; else when the interval is over, five \
     minutes as a rule. A poll that failed says here why, and what to do.

Example:
  host-test poll --connection amp.toml --cursor amp.cursor --min-severity medium >> signals.jsonl";

/// The static parser with `run` made of the commands.
fn parser(commands: &[Command]) -> clap::Command {
    Arguments::command().mut_subcommand("run", |_| {
        clap::Command::new("run")
            .about("Runs a command of the component")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand_value_name("COMMAND")
            .subcommand_help_heading("Commands")
            .subcommands(commands.iter().map(subcommand))
    })
}

fn subcommand(command: &Command) -> clap::Command {
    let taken: BTreeSet<String> = ConnectionArguments::augment_args(Arguments::command())
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .chain([INPUT.to_owned(), "help".to_owned()])
        .collect();
    let mut parser = clap::Command::new(command.words.name.clone());
    for field in &command.inputs {
        let long = if taken.contains(&field.name) {
            format!("{PREFIX}{}", field.name)
        } else {
            field.name.clone()
        };
        parser = parser.arg(flag(field, long));
    }
    if !command.inputs.is_empty() {
        let whole = Arg::new(INPUT).long(INPUT).value_name("JSON|@FILE|-").help_heading("Inputs").help(
            "The input as a JSON object: here, in a file, or on standard input (-); a flag overrules it",
        );
        parser = parser.arg(whole);
    }
    ConnectionArguments::augment_args(parser)
        .about(command.words.summary.clone())
        .long_about(command.words.help.clone())
}

/// The flag of a field.
fn flag(field: &Input, long: String) -> Arg {
    let mut argument = Arg::new(id(field))
        .value_name(field.name.to_uppercase().replace('-', "_"))
        .long(long)
        // A negative number is a wrong value of its field, not an unknown flag.
        .allow_negative_numbers(true)
        .help_heading("Inputs");
    if let Some(words) = &field.words {
        let mut facts = Vec::new();
        facts.extend(field.is_required().then(|| "[required]".to_owned()));
        facts.extend(
            words
                .default
                .as_ref()
                .map(|default| format!("[default: {default}]")),
        );
        facts.extend(match (words.minimum, words.maximum) {
            (Some(minimum), Some(maximum)) => Some(format!("[{minimum} to {maximum}]")),
            (None, Some(maximum)) => Some(format!("[{maximum} or less]")),
            // Every number of these types is 0 or more.
            (Some(0) | None, None) => None,
            (Some(minimum), None) => Some(format!("[{minimum} or more]")),
        });
        facts.extend(
            words
                .example
                .as_ref()
                .map(|example| format!("[example: {example}]")),
        );
        let facts = facts.join(" ");
        argument = argument.help(format!("{} {facts}", words.help).trim_end().to_owned());
    }
    if field.is_required() {
        argument = argument.required_unless_present(INPUT);
    }
    let of = values::without_option(&field.of);
    let of = match &of {
        Type::List(list) => {
            argument = argument.action(ArgAction::Append);
            list.ty()
        }
        _ => of,
    };
    match &of {
        Type::Bool => argument
            .num_args(0..=1)
            .default_missing_value("true")
            .value_parser(
                PossibleValuesParser::new(["true", "false"])
                    .map(|text| Value::Bool(text == "true")),
            ),
        Type::Enum(_) => argument
            .ignore_case(true)
            .value_parser(PossibleValuesParser::new(values::cases(&of)).map(Value::String)),
        _ => {
            let range = field
                .words
                .as_ref()
                .and_then(|words| words.minimum.zip(words.maximum));
            argument.value_parser(move |text: &str| value(&of, range, text))
        }
    }
}

/// The value of a flag. What is no number of its type is out of the field's range too, and that is
/// what there is to know.
fn value(of: &Type, range: Option<(u64, u64)>, text: &str) -> Result<Value, String> {
    values::from_text(of, text).map_err(|error| match range {
        Some((minimum, maximum)) => format!("expected a whole number from {minimum} to {maximum}"),
        None => error,
    })
}

/// The name of a field's flag for the parser, apart from the names that the host uses.
fn id(field: &Input) -> String {
    format!("field:{}", field.name)
}

/// The input: what `--input` says, and over it what the flags say.
fn input(command: &Command, matches: &ArgMatches) -> Result<Map<String, Value>, CliError> {
    if command.inputs.is_empty() {
        return Ok(Map::new());
    }
    let mut input = match matches.get_one::<String>(INPUT) {
        Some(source) => object(source)?,
        None => Map::new(),
    };
    for field in &command.inputs {
        let Some(given) = matches.get_many::<Value>(&id(field)) else {
            continue;
        };
        let mut given: Vec<Value> = given.cloned().collect();
        let value = match values::without_option(&field.of) {
            Type::List(_) => Some(Value::Array(given)),
            _ => given.pop(),
        };
        if let Some(value) = value {
            input.insert(field.name.clone(), value);
        }
    }
    Ok(input)
}

/// The JSON object that `--input` stands for.
fn object(source: &str) -> Result<Map<String, Value>, CliError> {
    let unreadable =
        |what: &str, why: String| CliError::Usage(format!("--input: {what} cannot be read: {why}"));
    let (what, bytes) = match source.strip_prefix('@') {
        Some(file) => (file, std::fs::read(file)),
        None if source == "-" => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            ("standard input", read.map(|_| bytes))
        }
        None => ("the input", Ok(source.as_bytes().to_vec())),
    };
    let bytes = bytes.map_err(|error| unreadable(what, error.to_string()))?;
    let text = regular_file::decode(bytes).map_err(|why| unreadable(what, why.to_owned()))?;
    let wrong = |why: String| {
        CliError::Usage(format!(
            "--input takes a JSON object with the names of the fields: {why}"
        ))
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(wrong("this is JSON, but no object".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}
