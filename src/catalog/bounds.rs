//! The largest size of each input that is a text or a list: the one place that knows them. AMP
//! states none but that of the unlock code. A request beyond these is not sent: a server or proxy
//! would reject it, often with a page that does not say why.

use super::words::Command;
use crate::bound::{Bound, Unit};

/// Names of groups, policies, lists and event types. They travel in the address, where a character
/// can become 12 bytes: this many fit the 8 kB that servers and proxies accept as a request line.
const NAME: Bound = Bound::characters(255);
/// A DNS name in text form (RFC 1035, section 2.3.4, without the root label and the length of the
/// first).
const HOSTNAME: Bound = Bound::characters(253);
/// The longest part of a URL or file name of which even 12 bytes for each character fit a request
/// line of 8 kB.
const QUERY: Bound = Bound::characters(500);
/// Longer paths and URLs are rare; most of an artifact's forms are compared here, with every event
/// of a page.
const ARTIFACT: Bound = Bound::characters(2_000);
/// About a page; at most 8 kB in UTF-8, as much of a body as firewalls for web applications usually
/// inspect.
const REMARK: Bound = Bound::characters(2_000);
/// AMP's own bound.
pub const UNLOCK_CODE: Bound = Bound::characters(24);
/// As many as a page of a list has. Each costs up to three requests, of an hour's quota of usually
/// 3,000.
pub const GUIDS: Bound = Bound {
    most: 500,
    unit: Unit::Guids,
};
/// Each is up to 58 bytes of the poll's address.
pub const FILTER_GUIDS: Bound = Bound {
    most: 100,
    unit: Unit::Guids,
};
/// Each is up to 38 bytes of the poll's address, usually 28.
pub const FILTER_TYPES: Bound = Bound {
    most: 200,
    unit: Unit::EventTypes,
};
/// The most bytes of a poll's address that all its filters have together. Servers and proxies
/// accept request lines of about 8 kB (Apache: 8,190 bytes, nginx: 8,192); the rest is for
/// everything else in it.
pub const FILTER_BYTES: usize = 7_000;

/// The largest size of an input that is a text; `None` for other inputs.
pub fn bound_of_text(field: &str) -> Option<Bound> {
    match field {
        "name" | "group-name" | "policy-name" | "block-list-name" | "search-condition" => {
            Some(NAME)
        }
        "hostname" => Some(HOSTNAME),
        "query" => Some(QUERY),
        "artifact" => Some(ARTIFACT),
        "comment" | "description" => Some(REMARK),
        "unlock-code" => Some(UNLOCK_CODE),
        _ => None,
    }
}

/// The largest size of an input; `None` for numbers, and for texts whose form has a size of its
/// own.
pub fn bound_of(command: Command, field: &str) -> Option<Bound> {
    match (command, field) {
        (Command::Poll, "connector-guids" | "group-guids") => Some(FILTER_GUIDS),
        (Command::Poll, "event-types") => Some(FILTER_TYPES),
        (_, "connector-guids" | "policy-guids") => Some(GUIDS),
        (_, field) => bound_of_text(field),
    }
}
