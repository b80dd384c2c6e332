//! What is to be found in the simulated organisation: names and numbers for whoever wants to ask about them.

use serde::Serialize;

use super::Simulator;
use super::chance::Chance;
use super::events::About;
use super::file_lists::Kind;

/// What is to be found, in the order of the cloud's lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Landmarks {
    /// Connector GUIDs of all computers.
    pub connector_guids: Vec<String>,
    /// Host names of the same.
    pub hostnames: Vec<String>,
    /// Of those computers, the ones that are isolated now.
    pub isolated: Vec<String>,
    /// Those that are not, and can be.
    pub free: Vec<String>,
    /// Those that cannot be isolated.
    pub unavailable: Vec<String>,
    /// GUIDs of all groups.
    pub group_guids: Vec<String>,
    /// GUIDs of all policies.
    pub policy_guids: Vec<String>,
    /// GUIDs of the application blocking lists.
    pub block_list_guids: Vec<String>,
    /// A hash that is in the first of them.
    pub blocked_hash: String,
    /// A hash that is in none of them.
    pub free_hash: String,
    /// The hash of a file that an event detected.
    pub event_hash: String,
    /// The hash of a file that acted in an event.
    pub acting_hash: String,
    /// A GUID that nothing has.
    pub unknown_guid: String,
}

impl Simulator {
    /// What is to be found now.
    #[must_use]
    pub fn landmarks(&self) -> Landmarks {
        let (seed, now) = (self.world.seed, self.time().elapsed);
        let cloud = self.cloud();
        let computers = |wanted: &dyn Fn(&super::computers::Computer) -> bool| {
            let found = cloud.computers.iter().filter(|computer| wanted(computer));
            found.map(|computer| computer.guid.clone()).collect()
        };
        let blocking = cloud
            .lists
            .iter()
            .filter(|list| list.kind == Kind::ApplicationBlocking);
        let blocked_hash = blocking
            .clone()
            .find_map(|list| list.a_hash())
            .unwrap_or_default()
            .to_owned();
        Landmarks {
            connector_guids: computers(&|_| true),
            hostnames: cloud
                .computers
                .iter()
                .map(|computer| computer.hostname.clone())
                .collect(),
            isolated: computers(&|computer| computer.is_isolated(now)),
            free: computers(&|computer| computer.can_be_isolated() && computer.is_free(now)),
            unavailable: computers(&|computer| !computer.can_be_isolated()),
            group_guids: cloud
                .groups
                .iter()
                .map(|group| group.guid.clone())
                .collect(),
            policy_guids: cloud
                .policies
                .iter()
                .map(|policy| policy.guid.clone())
                .collect(),
            block_list_guids: blocking.map(|list| list.guid.clone()).collect(),
            blocked_hash,
            free_hash: Chance::of(seed, "free hash", 0).hex(64),
            event_hash: cloud.event_file(About::detected),
            acting_hash: cloud.event_file(About::acting),
            unknown_guid: Chance::of(seed, "unknown", 0).guid(),
        }
    }
}
