//! Get Groups, Create Group.

use crate::amp::Amp;
use crate::amp::decode::decode;
use crate::amp::group::{self, CreateGroup, Group};
use crate::contract::exports::conductor::secure_endpoint::commands::{
    CreateGroupInput, GetGroupsInput,
};
use crate::outcome::{Findings, counted};
use crate::quoting::quoted;

use super::{Answered, CommandError, answered, input};

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
    let name = input::optional("group-name", input.group_name.as_deref())?;
    let limit = input::number("limit", input.limit)?;
    let request = group::list(name);
    let listing = amp.list(&request, 0, limit).await?;

    let items = listing.items(&request, |item| decode::<Group>(item).guid)?;
    let mut findings = Findings::with_columns(COLUMNS);
    for item in &items {
        show(&mut findings, &decode(item));
    }
    findings.context_list(items.iter().copied());
    if let (Some(name), true) = (name, items.len() > 1) {
        let exact = items
            .iter()
            .filter(|item| group::is_named(item, name))
            .count();
        findings.remark(format!(
            "AMP matches a part of the name too; {} exactly {}.",
            counted(exact, "group is called", "groups are called"),
            quoted(name)
        ));
    }
    let shown = items.len();
    Ok(answered(findings, listing, 0, shown))
}

/// Create Group. The request is never sent again after it may have reached AMP: a second group cannot be told from the first.
///
/// # Errors
///
/// An empty name; whatever keeps AMP from answering. If the outcome is unknown, the failure names the group of that name that a read found.
pub async fn create_group(
    amp: &Amp<'_>,
    input: &CreateGroupInput,
) -> Result<Answered, CommandError> {
    let name = input::required("name", &input.name, "the name of the new group")?;
    let description = input::optional("description", input.description.as_deref())?;
    let done = amp
        .send_verified(&CreateGroup::new(name, description))
        .await?;
    let mut findings = Findings::with_columns(COLUMNS);
    if let Some(data) = done.response.data() {
        show(&mut findings, &decode(data));
        findings.context(data);
    }
    findings.raw(done.response.text);
    Ok(findings.into())
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
