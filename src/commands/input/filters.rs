//! Filters of a poll: they travel in the address of every request, so they have bounds one by one
//! and together.

use super::{InputError, check_items, guids_within};
use crate::amp::ids::Guid;
use crate::catalog::bounds;

/// Filters of a poll, checked. Each list is empty if nothing is filtered by it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Numbers of event types.
    pub event_types: Vec<u64>,
    /// GUIDs of groups, each once.
    pub groups: Vec<Guid>,
    /// GUIDs of computers, each once.
    pub connectors: Vec<Guid>,
}

impl Filters {
    /// The bytes that these filters have in the address of a request.
    fn bytes(&self) -> usize {
        /// Of a parameter, its separator, and its brackets and equals sign as they travel.
        const fn parameter(name: &str) -> usize {
            "&".len() + name.len() + "%5B%5D=".len()
        }
        let types = self.event_types.iter();
        let types = types.map(|id| parameter("event_type") + id.to_string().len());
        let groups = self.groups.iter();
        let groups = groups.map(|guid| parameter("group_guid") + guid.as_str().len());
        let connectors = self.connectors.iter();
        let connectors = connectors.map(|guid| parameter("connector_guid") + guid.as_str().len());
        types.chain(groups).chain(connectors).sum()
    }
}

/// Filters of a poll.
///
/// # Errors
///
/// As [`guid`], for the first that is none; if a list is too long, or all of them together are for
/// the address of a request.
pub fn filters(
    event_types: Option<&[u64]>,
    group_guids: Option<&[String]>,
    connector_guids: Option<&[String]>,
) -> Result<Filters, InputError> {
    const CONNECTORS: &str = "connector-guids";
    let event_types = event_types.unwrap_or_default();
    check_items("event-types", event_types.len(), bounds::FILTER_TYPES)?;
    let guids = |field, texts: Option<&[String]>, source| {
        guids_within(
            field,
            texts.unwrap_or_default(),
            source,
            bounds::FILTER_GUIDS,
        )
        .map(|(guids, _)| guids)
    };
    let filters = Filters {
        event_types: event_types.to_vec(),
        groups: guids("group-guids", group_guids, "Get Groups")?,
        connectors: guids(CONNECTORS, connector_guids, "Get Computers")?,
    };
    let bytes = filters.bytes();
    if bytes > bounds::FILTER_BYTES {
        return Err(InputError::new(
            CONNECTORS,
            format!(
                "event-types, group-guids and connector-guids together make {bytes} bytes of the request's address, and up to {} are \
                 accepted; leave out some of them, or poll with several cursors",
                bounds::FILTER_BYTES
            ),
        ));
    }
    Ok(filters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amp::event::{Filter, since};
    use crate::connection::{Connection, example};

    fn many(count: usize) -> Vec<String> {
        (0..count)
            .map(|number| format!("6b0d6a5e-5f0e-4c7d-9a51-{number:012x}"))
            .collect()
    }

    #[test]
    fn filters_that_are_too_long_together_are_refused() {
        let error = filters(Some(&[1; 1]), Some(&many(100)), Some(&many(100))).unwrap_err();
        assert!(
            error.message.contains("up to 7000 are accepted"),
            "{}",
            error.message
        );
    }

    #[test]
    fn the_longest_filters_fit_a_request_line_of_8_kb() {
        let connection = Connection::from_settings(&example::settings()).unwrap();
        let address = |filters: &Filters| {
            let filter = Filter {
                types: &filters.event_types,
                groups: &filters.groups,
                connectors: &filters.connectors,
                file: None,
            };
            since(i64::from(u32::MAX), &filter)
                .to_http(&connection)
                .path_and_query
                .len()
        };
        let longest = filters(Some(&[u64::MAX; 30]), Some(&many(5)), Some(&many(95))).unwrap();
        assert!(longest.bytes() > 6_900, "{}", longest.bytes());
        let without = address(&Filters::default());
        assert_eq!(address(&longest), without + longest.bytes());
        assert!(address(&longest) < 7_500, "{}", address(&longest));
    }
}
