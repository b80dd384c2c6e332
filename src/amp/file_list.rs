//! File lists and their items, and the changes that add and remove one.

use serde::Deserialize;

use super::Amp;
use super::decode::{self, decode};
use super::envelope::Answer;
use super::error::AmpError;
use super::ids::{Guid, Sha256};
use super::request::Request;
use super::verified_write::{Change, State};
use crate::concurrency::Pending;
use crate::http::Method;

/// A file list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileList {
    /// Its name.
    #[serde(deserialize_with = "decode::text")]
    pub name: Option<String>,
    /// Its GUID.
    #[serde(deserialize_with = "decode::text")]
    pub guid: Option<String>,
    /// `simple_custom_detections`, `application_blocking` or `allowed_applications`.
    #[serde(rename = "type", deserialize_with = "decode::text")]
    pub kind: Option<String>,
}

/// A file on a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileListItem {
    /// The file's SHA-256.
    #[serde(deserialize_with = "decode::text")]
    pub sha256: Option<String>,
    /// Why it is there; absent rather than null where nobody said.
    #[serde(deserialize_with = "decode::text")]
    pub description: Option<String>,
}

/// `GET /v1/file_lists/application_blocking`.
pub fn application_blocking(name: Option<&str>) -> Request {
    Request::get("file list", &["file_lists", "application_blocking"]).query_if("name[]", name)
}

/// A hash's place in a file list: the requests about it, and what their responses show.
struct ListedHash<'a> {
    list: &'a Guid,
    hash: &'a Sha256,
}

impl ListedHash<'_> {
    fn request(&self, method: Method) -> Request {
        Request::new(
            method,
            "file list",
            &[
                "file_lists",
                self.list.as_str(),
                "files",
                self.hash.as_str(),
            ],
        )
    }

    /// Whether a response shows the hash as an item of the list.
    fn is_shown_by(&self, response: &Answer) -> bool {
        response
            .data()
            .and_then(|data| decode::<FileListItem>(data).sha256)
            .is_some_and(|sha256| sha256.eq_ignore_ascii_case(self.hash.as_str()))
    }

    /// Reads the item; `None` if AMP itself says that it is not in the list, or the list does not exist.
    async fn read(&self, amp: &Amp<'_>) -> Result<Option<Answer>, AmpError> {
        let request = self.request(Method::Get);
        match amp.send(&request).await {
            Ok(response) if self.is_shown_by(&response) => Ok(Some(response)),
            Ok(response) => Err(response.malformed("it does not show the hash", &request)),
            Err(error) if error.is_not_found_by_amp() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the list itself: without it, that an item is not found does not show that it is absent from the list.
    async fn read_list(&self, amp: &Amp<'_>) -> Result<Answer, AmpError> {
        let request = Request::get("file list", &["file_lists", self.list.as_str()]);
        let response = amp.send(&request).await?;
        let guid = response
            .data()
            .and_then(|data| decode::<FileList>(data).guid);
        match guid {
            Some(guid) if guid.eq_ignore_ascii_case(self.list.as_str()) => Ok(response),
            _ => Err(response.malformed("it does not show the list", &request)),
        }
    }
}

/// Adds a hash to a file list: `POST` of the item.
pub struct AddHash<'a> {
    place: ListedHash<'a>,
    write: Request,
}

impl<'a> AddHash<'a> {
    /// The change for a hash, a list, and the reason that the console shows, if there is one.
    pub fn new(list: &'a Guid, hash: &'a Sha256, description: Option<&str>) -> Self {
        let place = ListedHash { list, hash };
        let write = place
            .request(Method::Post)
            .field("description", description);
        Self { place, write }
    }

    fn not_listed(&self) -> String {
        format!("The hash {} is not in the list", self.place.hash)
    }
}

impl Change for AddHash<'_> {
    fn write(&self) -> &Request {
        &self.write
    }

    fn shown_by(&self, response: &Answer) -> Result<State<()>, AmpError> {
        match self.place.is_shown_by(response) {
            true => Ok(State::Done(())),
            false => Err(response.malformed("it does not show the hash", &self.write)),
        }
    }

    fn read<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        Box::pin(async {
            Ok(match self.place.read(amp).await? {
                Some(response) => State::Done(response),
                None => State::NotDone(self.not_listed()),
            })
        })
    }
}

/// Removes a hash from a file list: `DELETE` of the item.
pub struct RemoveHash<'a> {
    place: ListedHash<'a>,
    write: Request,
}

impl<'a> RemoveHash<'a> {
    /// The change for a hash and a list.
    pub fn new(list: &'a Guid, hash: &'a Sha256) -> Self {
        let place = ListedHash { list, hash };
        let write = place.request(Method::Delete);
        Self { place, write }
    }
}

impl Change for RemoveHash<'_> {
    fn write(&self) -> &Request {
        &self.write
    }

    /// AMP confirms a removal with an empty object, and nothing else does.
    fn shown_by(&self, response: &Answer) -> Result<State<()>, AmpError> {
        let is_empty_object = response
            .data()
            .and_then(|data| data.strip_prefix('{')?.strip_suffix('}'))
            .is_some_and(|members| members.trim().is_empty());
        match is_empty_object && response.errors.is_none() {
            true => Ok(State::Done(())),
            false => Err(response.malformed("it does not show the removal", &self.write)),
        }
    }

    fn read<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        Box::pin(async {
            Ok(match self.place.read(amp).await? {
                Some(_) => {
                    State::NotDone(format!("The hash {} is still in the list", self.place.hash))
                }
                None => State::Done(self.place.read_list(amp).await?),
            })
        })
    }

    /// AMP's 404 shows that the item is not found; only whether the list exists is left to read.
    fn confirm<'a>(&'a self, amp: &'a Amp<'a>) -> Pending<'a, Result<State<Answer>, AmpError>> {
        Box::pin(async { self.place.read_list(amp).await.map(State::Done) })
    }

    fn is_rejected_as_done(&self, error: &AmpError) -> bool {
        error.is_not_found_by_amp()
    }
}
