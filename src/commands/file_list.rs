//! Get Block List, Set File List By Hash, Delete File From File List By Hash.

use crate::amp::envelope::Answer;
use crate::amp::error::Cause;
use crate::amp::file_list::{self, FileList, FileListItem};
use crate::amp::ids::{Guid, Sha256};
use crate::amp::settle::Told;
use crate::amp::{Amp, lenient};
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

    let items = listing.items(&request, |item| lenient::view::<FileList>(item).guid)?;
    let mut findings = Findings::with_columns(&["Name", "File list ID", "Type"]);
    for item in &items {
        let list: FileList = lenient::view(item);
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
    let write = file_list::add_item(&list, &hash, description);
    let read = file_list::read_item(&list, &hash);
    let settled = amp
        .settle(&write, &|| {
            Box::pin(async {
                match amp.send(&read).await {
                    Ok(answer) => Ok(Some(answer)),
                    Err(error) if error.cause == Cause::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            })
        })
        .await;
    let (answer, result) = match settled.told {
        Ok(Told::Answered(answer)) => (answer, "added"),
        Ok(Told::ReadBack(answer)) => (answer, READ_BACK_IN),
        Err(error) if error.cause == Cause::Conflict => match amp.send(&read).await {
            Ok(answer) => (
                answer,
                if settled.sent_before {
                    READ_BACK_IN
                } else {
                    ALREADY_IN
                },
            ),
            Err(_) => return Err(ItemError::about(&list, error).into()),
        },
        Err(error) => return Err(ItemError::about(&list, error).into()),
    };
    let mut findings = of_item(answer, &list, &hash, result);
    if result == ALREADY_IN {
        findings.remark("Already so, nothing was changed: the hash was in the list before, and its description stays as it was.");
    }
    Ok(findings.into())
}

const ALREADY_IN: &str = "in the list already";
const ALREADY_OUT: &str = "not in the list, nothing to do";
const READ_BACK_IN: &str = "in the list (answer lost, read back)";
const READ_BACK_OUT: &str = "not in the list (answer lost, read back)";

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
    let write = file_list::remove_item(&list, &hash);
    let (read, read_list) = (
        file_list::read_item(&list, &hash),
        file_list::by_guid(&list),
    );
    // Not found may mean the list as well as the file, so the list decides.
    let settled = amp
        .settle(&write, &|| {
            Box::pin(async {
                match amp.send(&read).await {
                    Ok(_) => Ok(None),
                    Err(error) if error.cause == Cause::NotFound => {
                        amp.send(&read_list).await.map(Some)
                    }
                    Err(error) => Err(error),
                }
            })
        })
        .await;
    let (answer, result) = match settled.told {
        Ok(Told::Answered(answer)) => (answer, "removed"),
        Ok(Told::ReadBack(answer)) => (answer, READ_BACK_OUT),
        Err(error) if error.cause == Cause::NotFound => match amp.send(&read_list).await {
            Ok(answer) => (
                answer,
                if settled.sent_before {
                    READ_BACK_OUT
                } else {
                    ALREADY_OUT
                },
            ),
            // Without the list's word, nobody knows which of the two was not found.
            Err(read) if read.cause != Cause::NotFound => {
                return Err(ItemError::about(&list, read).into());
            }
            Err(_) => return Err(ItemError::about(&list, error).into()),
        },
        Err(error) => return Err(ItemError::about(&list, error).into()),
    };
    let mut findings = of_item(answer, &list, &hash, result);
    if result == ALREADY_OUT {
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

fn of_item(answer: Answer, list: &Guid, hash: &Sha256, result: &str) -> Findings {
    let mut findings =
        Findings::with_columns(&["File list ID", "SHA-256", "Description", "Result"]);
    let mut description = None;
    if let Some(data) = answer.data() {
        findings.context(data);
        description = lenient::view::<FileListItem>(data).description;
    }
    findings.row([
        Some(list.as_str()),
        Some(hash.as_str()),
        description.as_deref(),
        Some(result),
    ]);
    findings.key("file-list-ids", Some(list.as_str()));
    findings.key("hashes", Some(hash.as_str()));
    findings.raw(answer.text);
    findings
}
