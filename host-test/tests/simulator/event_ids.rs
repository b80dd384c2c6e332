//! The ids of simulated events: the recorded forms, and how they collide.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use host_test::simulator::{Burst, EventIdentity, EventIds, Simulator, World};
use serde_json::Value;

use super::{ask, events, world};

const INSTALL_STARTED: u64 = 553_648_158;
const UNINSTALL: u64 = 553_648_166;
const INCIDENT: u64 = 1_107_296_344;

fn recorded(change: impl FnOnce(&mut World)) -> Simulator {
    Simulator::new(world(|world| {
        world.event_ids = EventIds::Recorded;
        change(world);
    }))
}

/// The form of an event's id, and the counter in it.
fn form(event: &EventIdentity) -> (&'static str, u64) {
    let Some(id) = event.id else {
        return ("none", 0);
    };
    let second = event.timestamp.unsigned_abs();
    let microseconds = second * 1_000_000 + u64::from(event.nanoseconds / 1000);
    if id >> 32 == second {
        ("windows", id & 0xffff_ffff)
    } else if id / 1000 == microseconds {
        ("mac", id % 1000)
    } else {
        ("uptime", id)
    }
}

#[tokio::test(start_paused = true)]
async fn recorded_ids_have_the_form_of_their_connector_and_type() {
    let simulator = recorded(|world| world.events = 1000);
    let mut forms: BTreeMap<&str, Vec<EventIdentity>> = BTreeMap::new();
    let mut smallest: BTreeMap<String, u64> = BTreeMap::new();
    for event in simulator.event_identities() {
        let (form, counter) = form(&event);
        let installs = [INSTALL_STARTED, UNINSTALL].contains(&event.event_type_id);
        assert_eq!(form == "uptime", installs, "{event:?}");
        assert_eq!(form == "none", event.event_type_id == INCIDENT, "{event:?}");
        if !installs && event.event_type_id != INCIDENT {
            assert!((1..100).contains(&counter), "{event:?}");
            let source = event.source.clone().unwrap();
            let least = smallest
                .entry(format!("{form} {source}"))
                .or_insert(counter);
            *least = counter.min(*least);
        }
        forms.entry(form).or_default().push(event);
    }
    for form in ["windows", "mac", "uptime", "none"] {
        assert!(forms[form].len() > 10, "{form}: {}", forms[form].len());
    }
    // Each connector has one form, and its counter begins at 1.
    let connectors: BTreeSet<&str> = smallest
        .keys()
        .map(|connector| connector.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(connectors.len(), smallest.len());
    assert!(smallest.values().all(|least| *least == 1), "{smallest:?}");
}

#[tokio::test(start_paused = true)]
async fn recorded_ids_collide_recur_and_are_missing() {
    let simulator = recorded(|world| world.events = 1000);
    let entries = simulator.event_identities();
    let different: BTreeSet<&EventIdentity> = entries.iter().collect();
    let twins = entries.len() - different.len();
    assert!((5..100).contains(&twins), "{twins} exact twins");

    let mut by_id: BTreeMap<u64, Vec<&EventIdentity>> = BTreeMap::new();
    for event in different {
        if let Some(id) = event.id {
            by_id.entry(id).or_default().push(event);
        }
    }
    let pairs = by_id
        .values()
        .flat_map(|events| events.windows(2).map(|pair| (pair[0], pair[1])));
    let (mut collisions, mut recurring) = (0, 0);
    for (one, other) in pairs {
        if one.source == other.source {
            // An installer after a restart.
            assert!(one.timestamp < other.timestamp, "{one:?} {other:?}");
            recurring += 1;
        } else {
            collisions += 1;
        }
    }
    assert!(collisions >= 5, "{collisions} collisions");
    assert!(recurring >= 5, "{recurring} recurring ids");
}

#[tokio::test(start_paused = true)]
async fn listed_events_have_the_identities_that_the_simulator_reports() {
    for event_ids in [EventIds::Recorded, EventIds::Distinct] {
        let simulator = Simulator::new(world(|world| world.event_ids = event_ids));
        let (_, page) = ask(&simulator, "GET", "/v1/events", "").await;
        assert_eq!(events(&page), simulator.event_identities(), "{event_ids:?}");
        // Entries with one identity agree in every field.
        let mut seen: BTreeMap<EventIdentity, &Value> = BTreeMap::new();
        for (event, raw) in events(&page)
            .into_iter()
            .zip(page["data"].as_array().unwrap())
        {
            let first = seen.entry(event).or_insert(raw);
            assert_eq!(*first, raw);
        }
        let twins = page["data"].as_array().unwrap().len() - seen.len();
        assert_eq!(twins > 0, event_ids == EventIds::Recorded, "{twins} twins");
    }
}

#[tokio::test(start_paused = true)]
async fn an_incident_has_its_guids_and_no_groups() {
    let simulator = recorded(|_| ());
    let path = format!("/v1/events?event_type[]={INCIDENT}");
    let (_, page) = ask(&simulator, "GET", &path, "").await;
    let incidents = page["data"].as_array().unwrap();
    assert!(incidents.len() >= 3, "{page}");
    for incident in incidents {
        let fields = incident.as_object().unwrap();
        assert!(
            !fields.contains_key("id") && !fields.contains_key("group_guids"),
            "{incident}"
        );
        let hunt = &incident["threat_hunting"];
        assert!(hunt["incident_report_guid"].is_string() && hunt["incident_hunt_guid"].is_string());
    }
    // A filter by group does not find what has no group.
    let group = &simulator.landmarks().group_guids[0];
    let (_, page) = ask(
        &simulator,
        "GET",
        &format!("{path}&group_guid[]={group}"),
        "",
    )
    .await;
    assert_eq!(page["metadata"]["results"]["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn events_and_their_ids_come_from_the_seed_alone() {
    let make = |seed| {
        recorded(|world| {
            (world.seed, world.events_per_minute, world.late_percent) = (seed, 30.0, 20.0);
            world.bursts = vec![Burst {
                count: 700,
                after: Duration::from_secs(90),
            }];
        })
    };
    let (one, same, other) = (make(7), make(7), make(8));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(one.event_identities(), same.event_identities());
    assert_ne!(one.event_identities(), other.event_identities());
    // A burst shares few ids among its events.
    let mut burst = one.event_identities();
    let second = burst
        .chunk_by(|one, next| one.timestamp == next.timestamp)
        .find(|events| events.len() >= 700)
        .map(|events| events[0].timestamp);
    burst.retain(|event| Some(event.timestamp) == second);
    let ids: BTreeSet<Option<u64>> = burst.iter().map(|event| event.id).collect();
    let different: BTreeSet<&EventIdentity> = burst.iter().collect();
    assert!(
        ids.len() * 2 < different.len(),
        "{} of {}",
        ids.len(),
        different.len()
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_can_be_repeated() {
    let simulator = recorded(|world| world.events = 0);
    assert_eq!(simulator.repeat_event(), None);
    let event = simulator.add_event(simulator.now());
    assert_eq!(simulator.repeat_event().as_ref(), Some(&event));
    let (_, page) = ask(&simulator, "GET", "/v1/events", "").await;
    assert_eq!(events(&page), [event.clone(), event]);
    assert_eq!(page["data"][0], page["data"][1]);
}
