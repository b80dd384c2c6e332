//! Get Groups, Create Group.

use crate::amp::error::AmpError;
use crate::amp::group::{self, Group};
use crate::amp::{Amp, lenient};
use crate::contract::exports::conductor::secure_endpoint::commands::{
    CreateGroupInput, GetGroupsInput,
};
use crate::outcome::{Findings, counted};
use crate::quoting::quoted;

use super::{Answered, CommandError, ItemError, answered, input};

const COLUMNS: &[&str] = &[
    "Name",
    "Group GUID",
    "Description",
    "Parent group",
    "Source",
];

/// Get Groups.
///
/// # Errors
///
/// A limit out of range; whatever keeps AMP from answering.
pub async fn get_groups(amp: &Amp<'_>, input: &GetGroupsInput) -> Result<Answered, CommandError> {
    let name = input::filled(input.group_name.as_deref());
    let limit = input::number("limit", input.limit)?;
    let request = group::list(name);
    let listing = amp.list(&request, 0, limit).await?;

    let items = listing.items(&request, |item| lenient::view::<Group>(item).guid)?;
    let mut findings = Findings::with_columns(COLUMNS);
    for item in &items {
        show(&mut findings, &lenient::view(item));
    }
    findings.context_list(items.iter().copied());
    if let (Some(name), true) = (name, items.len() > 1) {
        let exact = items.iter().filter(|item| is_named(item, name)).count();
        findings.remark(format!(
            "AMP matches a part of the name too; {} exactly {}.",
            counted(exact, "group is called", "groups are called"),
            quoted(name)
        ));
    }
    let shown = items.len();
    Ok(answered(findings, listing, 0, shown))
}

/// Create Group. The request is sent once: there is no telling a second group from the first.
///
/// # Errors
///
/// An empty name; whatever keeps AMP from answering. If the answer was lost, a look at the groups of that name tells what can be told.
pub async fn create_group(
    amp: &Amp<'_>,
    input: &CreateGroupInput,
) -> Result<Answered, CommandError> {
    let name = input::required("name", &input.name, "the name of the new group")?;
    let request = group::create(name, input::filled(input.description.as_deref()));
    let answer = match amp.send(&request).await {
        Ok(answer) => answer,
        Err(error) if error.lost => return Err(look_for(amp, name, error).await.into()),
        Err(error) => return Err(error.into()),
    };
    let data = match answer.object(&request) {
        Ok(data) => data,
        Err(error) => return Err(look_for(amp, name, error).await.into()),
    };
    let mut findings = Findings::with_columns(COLUMNS);
    show(&mut findings, &lenient::view(data));
    findings.context(data);
    findings.raw(answer.text);
    Ok(findings.into())
}

/// The answer to creating a group was lost, and no look can settle it: a group of that name may have been there before, and one that is not
/// there yet may still come. So the look only says what it saw.
async fn look_for(amp: &Amp<'_>, name: &str, error: AmpError) -> ItemError {
    let request = group::list(Some(name));
    let Ok(listing) = amp.list_all(&request, 0).await else {
        return error.into();
    };
    let Ok(items) = listing.items(&request, |_| None) else {
        return error.into();
    };
    let note = match items.into_iter().rev().find(|item| is_named(item, name)) {
        Some(item) => format!(
            "The request was sent and its answer lost. A group called {} is there now, {}: the new one, or one that was there before.",
            quoted(name),
            lenient::view::<Group>(item).guid.unwrap_or_default()
        ),
        None if listing.missing.is_empty() => format!(
            "The request was sent and its answer lost. No group was called {} a moment later; look again before you repeat it.",
            quoted(name)
        ),
        None => return error.into(),
    };
    ItemError {
        note: Some(note),
        ..error.into()
    }
}

fn is_named(item: &str, name: &str) -> bool {
    lenient::view::<Group>(item)
        .name
        .is_some_and(|other| other.eq_ignore_ascii_case(name))
}

fn show(findings: &mut Findings, group: &Group) {
    findings.row([
        group.name.as_deref(),
        group.guid.as_deref(),
        group.description.as_deref(),
        group
            .ancestry
            .first()
            .and_then(|parent| parent.name.as_deref()),
        group.source.as_deref(),
    ]);
    findings.key("group-guids", group.guid.as_deref());
    findings.key("group-names", group.name.as_deref());
}
