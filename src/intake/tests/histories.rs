//! Random histories: arrivals, late arrivals, bursts, expiry, faults and crashes in any order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A random life of a tenant.
#[derive(Clone, Debug)]
struct History {
    page_size: u32,
    max_signals: u32,
    late_minutes: u32,
    pace: i64,
    longest_page: usize,
    dated: bool,
    host_ahead: i64,
    retention: i64,
    by_arrival: bool,
    /// For each batch of events: the second in which they happen, how many, by how much they are late, and how they are identified.
    arrivals: Vec<(i64, usize, i64, Ids)>,
    faults: Vec<usize>,
    /// For each poll: whether the host dies before it stores, and how long it then waits.
    hosts: Vec<(bool, i64)>,
}

/// How the events of a batch are identified.
#[derive(Clone, Copy, Debug)]
enum Ids {
    /// Each by an id of its own.
    Unique,
    /// All have the id that the counters of their connectors agree in.
    Shared,
    /// Each is listed twice, with equal fields.
    Twins,
    /// Their ids are milliseconds since the machine booted, which recur.
    Installer,
    /// Without an id, but with GUIDs of an incident.
    Incident,
    /// Without an id of any kind.
    Nothing,
}

fn history() -> impl Strategy<Value = History> {
    let second = prop_oneof![15 => -7_200..7_200_i64, 1 => 3_650 * DAY..3_650 * DAY + 3];
    let arrival = (
        second,
        1..9_usize,
        prop_oneof![3 => Just(0), 2 => 0..=900_i64],
        prop_oneof![
            4 => Just(Ids::Unique),
            2 => Just(Ids::Shared),
            2 => Just(Ids::Twins),
            1 => Just(Ids::Installer),
            1 => Just(Ids::Incident),
            1 => Just(Ids::Nothing),
        ],
    );
    (
        (
            2..7_u32,
            1..12_u32,
            prop_oneof![Just(15_u32), Just(20)],
            0..40_i64,
            1..8_usize,
            any::<bool>(),
            prop::bool::weighted(0.3),
            prop_oneof![3 => Just(0), 1 => -2 * DAY..2 * DAY, 1 => -3_000..3_000_i64],
        ),
        prop::collection::vec(arrival, 0..60),
        prop::collection::vec(0..400_usize, 0..30),
        prop::collection::vec((prop::bool::weighted(0.3), 0..870_i64), 1..40),
        prop_oneof![2 => Just(30 * DAY), 3 => 3_700..9_000_i64],
    )
        .prop_map(
            |(
                (
                    page_size,
                    max_signals,
                    late_minutes,
                    pace,
                    longest_page,
                    dated,
                    by_arrival,
                    host_ahead,
                ),
                arrivals,
                faults,
                hosts,
                retention,
            )| {
                History {
                    page_size,
                    max_signals,
                    late_minutes,
                    pace,
                    longest_page,
                    dated,
                    by_arrival,
                    host_ahead,
                    retention,
                    arrivals,
                    faults,
                    hosts,
                }
            },
        )
}

fn live(history: &History) -> Host {
    let mut cloud = quiet_cloud();
    let mut uid = 0;
    for (second, count, late, ids) in &history.arrivals {
        // Where events expire while nobody polls, the numbers may agree by chance if there are events from the future.
        if *second > DAY && history.retention < 30 * DAY {
            continue;
        }
        let second = BEGIN + second;
        // A list by arrival contains what arrives hours later, too.
        let late = if history.by_arrival { late * 12 } else { *late };
        let listed = if second > BEGIN + DAY {
            BEGIN + late
        } else {
            second + late
        };
        for number in 0..*count as u64 {
            uid += 1;
            let event = ModelEvent {
                uid,
                ..ModelEvent::new(uid * 7_919 % 1_000_003, second, listed)
            };
            let event = match ids {
                Ids::Unique | Ids::Twins => event,
                Ids::Shared => ModelEvent {
                    id: Some((second as u64) << 32 | 1),
                    connector: uid,
                    ..event
                },
                // Its second distinguishes it from those after another start of the machine.
                Ids::Installer => ModelEvent {
                    id: Some(60_000 + number),
                    kind: Some(uid),
                    ..event
                },
                Ids::Incident => ModelEvent {
                    id: None,
                    is_incident: true,
                    ..event
                },
                Ids::Nothing => ModelEvent { id: None, ..event },
            };
            if matches!(ids, Ids::Twins) {
                cloud.events.push(event.clone());
            }
            cloud.events.push(event);
        }
    }
    cloud.by_arrival = history.by_arrival;
    cloud.pace = history.pace;
    cloud.faults.clone_from(&history.faults);
    // Here events expire within hours. If neither clock moved the window on quiet hours, known ones would outlive that.
    cloud.dated = history.dated || history.retention < 30 * DAY;
    cloud.host_ahead = match history.host_ahead {
        // Without the server's time there is only the host's, which then must be right.
        _ if !cloud.dated => 0,
        ahead if history.retention < 30 * DAY => ahead.abs(),
        ahead => ahead,
    };
    cloud.longest_page = history.longest_page.max(2);
    cloud.retention = history.retention;
    let mut host = Host::new(cloud, history.page_size);
    host.request.max_signals = Some(history.max_signals);
    host.request.late_window_minutes = Some(history.late_minutes);
    host.request.first_window_hours = Some(12);
    let mut turns = history.hosts.iter().cycle();
    // Until the last event has arrived.
    let end = if history.by_arrival { 19_000 } else { 10_000 };
    while host.cloud.borrow().now < BEGIN + end {
        let (dies, wait) = turns.next().unwrap();
        if let Ok(batch) = host.poll() {
            if !dies {
                host.store(&batch);
            }
            if batch.more && !dies {
                continue;
            }
        }
        host.later(wait + 30);
    }
    host.cloud.borrow_mut().faults.clear();
    host.cloud.borrow_mut().pace = 0;
    host.drain();
    host.drain();
    // What expired before a poll could see it is nobody's loss.
    let (now, retention) = (host.cloud.borrow().now, history.retention);
    if retention < 30 * DAY {
        let by_arrival = history.by_arrival;
        let stored: BTreeSet<u64> = host.stored.iter().copied().collect();
        host.cloud.borrow_mut().events.retain(|event| {
            stored.contains(&event.uid) || event.time(by_arrival) >= now - retention
        });
    }
    host
}

/// How many histories a run tries, unless the variable `INTAKE_HISTORIES` says otherwise.
const HISTORIES: u32 = 1_000;

fn histories() -> u32 {
    let number = std::env::var("INTAKE_HISTORIES").ok();
    number.map_or(HISTORIES, |number| number.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: histories(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_is_delivered_exactly_once(history in history()) {
        live(&history).assert_exactly_once();
    }
}
