//! Get Block List, Set File List By Hash, Delete File From File List By Hash.

use crate::amp::Amp;
use crate::amp::decode::decode;
use crate::amp::file_list::{self, AddHash, FileList, FileListItem, RemoveHash};
use crate::amp::ids::{Guid, Sha256};
use crate::amp::verified_write::{VerifiedWrite, WriteResult};
use crate::contract::exports::conductor::secure_endpoint::commands::{
    DeleteFileFromFileListByHashInput, GetBlockListInput, SetFileListByHashInput,
};
use crate::outcome::Findings;

use super::input::{self, InputError};
use super::{Answered, CommandError, ItemError, answered};

/// Get Block List.
///
/// # Errors
///
/// A limit out of range; whatever keeps AMP from answering.
pub async fn get_block_list(
    amp: &Amp<'_>,
    input: &GetBlockListInput,
) -> Result<Answered, CommandError> {
    let limit = input::number("limit", input.limit)?;
    let offset = input::number("offset", input.offset)?;
    let request = file_list::application_blocking(input::optional(
        "block-list-name",
        input.block_list_name.as_deref(),
    )?);
    let listing = amp.list(&request, offset, limit).await?;

    let items = listing.items(&request, |item| decode::<FileList>(item).guid)?;
    let mut findings = Findings::with_columns(&["Name", "File list ID", "Type"]);
    for item in &items {
        let list: FileList = decode(item);
        findings.row([
            list.name.as_deref(),
            list.guid.as_deref(),
            list.kind.as_deref(),
        ]);
        findings.key("file-list-ids", list.guid.as_deref());
        findings.key("file-list-names", list.name.as_deref());
    }
    findings.context_list(items.iter().copied());
    let shown = items.len();
    Ok(answered(findings, listing, offset, shown))
}

/// Set File List By Hash.
///
/// # Errors
///
/// What is no GUID or no SHA-256; whatever keeps AMP from adding it.
pub async fn set_file_list_by_hash(
    amp: &Amp<'_>,
    input: &SetFileListByHashInput,
) -> Result<Answered, CommandError> {
    let (list, hash) = item(&input.file_list_id, &input.hash)?;
    let description = input::optional("description", input.description.as_deref())?;
    let done = amp
        .send_verified(&AddHash::new(&list, &hash, description))
        .await
        .map_err(|error| ItemError::about(&list, error))?;
    let result = match done.result {
        WriteResult::Confirmed => "added",
        WriteResult::AlreadyDone => "in the list already",
        WriteResult::ReadBack => "in the list (read back)",
        WriteResult::ReadBackAfterLoss => "in the list (response lost, read back)",
    };
    let is_already_done = done.result == WriteResult::AlreadyDone;
    let mut findings = of_item(done, &list, &hash, result);
    if is_already_done {
        findings.remark("Already so, nothing was changed: the hash was in the list before, and its description stays as it was.");
    }
    Ok(findings.into())
}

/// Delete File From File List By Hash.
///
/// # Errors
///
/// What is no GUID or no SHA-256; a list that AMP does not know; whatever keeps AMP from removing it.
pub async fn delete_file_from_file_list_by_hash(
    amp: &Amp<'_>,
    input: &DeleteFileFromFileListByHashInput,
) -> Result<Answered, CommandError> {
    let (list, hash) = item(&input.file_list_id, &input.hash)?;
    let done = amp
        .send_verified(&RemoveHash::new(&list, &hash))
        .await
        .map_err(|error| ItemError::about(&list, error))?;
    let result = match done.result {
        WriteResult::Confirmed => "removed",
        WriteResult::AlreadyDone => "not in the list, nothing to do",
        WriteResult::ReadBack => "not in the list (read back)",
        WriteResult::ReadBackAfterLoss => "not in the list (response lost, read back)",
    };
    let is_already_done = done.result == WriteResult::AlreadyDone;
    let mut findings = of_item(done, &list, &hash, result);
    if is_already_done {
        findings.remark("Already so, nothing was changed: the hash was not in the list.");
    }
    Ok(findings.into())
}

fn item(list: &str, hash: &str) -> Result<(Guid, Sha256), InputError> {
    Ok((
        input::guid("file-list-id", list, "Get Block List or Get Policy")?,
        input::sha256("hash", hash)?,
    ))
}

fn of_item(done: VerifiedWrite, list: &Guid, hash: &Sha256, result: &str) -> Findings {
    let mut findings =
        Findings::with_columns(&["File list ID", "SHA-256", "Description", "Result"]);
    let mut description = None;
    if let Some(data) = done.response.data() {
        findings.context(data);
        description = decode::<FileListItem>(data).description;
    }
    findings.row([
        Some(list.as_str()),
        Some(hash.as_str()),
        description.as_deref(),
        Some(result),
    ]);
    findings.key("file-list-ids", Some(list.as_str()));
    findings.key("hashes", Some(hash.as_str()));
    findings.raw(done.response.text);
    findings
}
