//! A fake of AMP's event list under a virtual clock: it shifts, events arrive late, and the oldest expire.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::amp::timestamp;
use crate::http::HttpError;
use crate::http::scripted::{Reply, Scripted};

/// When the model begins: 2026-05-01T10:00:00Z.
pub const BEGIN: i64 = 1_777_629_600;

/// An event of the model.
#[derive(Clone, Debug)]
pub struct ModelEvent {
    /// What tests identify it by: a field of the event that the plugin does not know.
    pub uid: u64,
    /// AMP's id, which other events may have too.
    pub id: Option<u64>,
    /// Its connector.
    pub connector: u64,
    /// Whether it is an incident, which has GUIDs of its own.
    pub is_incident: bool,
    /// Its own time.
    pub second: i64,
    /// When AMP begins to list it.
    pub listed: i64,
    pub severity: Option<&'static str>,
    /// Number of its type; one without is of every type.
    pub kind: Option<u64>,
    /// Bytes that its command line has.
    pub size: usize,
}

/// The cloud.
#[derive(Default)]
pub struct Cloud {
    pub events: Vec<ModelEvent>,
    pub now: i64,
    /// Seconds that pass with each request.
    pub pace: i64,
    /// Seconds that an event is kept.
    pub retention: i64,
    /// The requests that fail, by their number.
    pub faults: Vec<usize>,
    pub requests: usize,
    /// Whether answers carry the server's time.
    pub dated: bool,
    /// How many seconds the host's clock is ahead.
    pub host_ahead: i64,
    /// How many seconds too late its answers are dated.
    pub date_ahead: i64,
    /// How many more events it says it has than are there.
    pub too_many: u64,
    /// Whether events of one second come in another order each time.
    pub shuffles: bool,
    /// The largest page that it gives.
    pub longest_page: usize,
    /// Whether it lists, filters and expires events by the time at which they arrived.
    pub by_arrival: bool,
}

impl ModelEvent {
    /// An event with an id of its own.
    pub fn new(id: u64, second: i64, listed: i64) -> Self {
        Self {
            uid: id,
            id: Some(id),
            connector: 0,
            is_incident: false,
            second,
            listed,
            severity: None,
            kind: None,
            size: 0,
        }
    }

    /// The time by which it is listed.
    pub fn time(&self, by_arrival: bool) -> i64 {
        if by_arrival { self.listed } else { self.second }
    }

    fn json(&self) -> String {
        let mut json = format!(r#"{{"timestamp":{},"uid":{}"#, self.second, self.uid);
        if let Some(id) = self.id {
            json.push_str(&format!(r#","id":{id}"#));
        }
        if let Some(severity) = self.severity {
            json.push_str(&format!(r#","severity":"{severity}""#));
        }
        if self.size > 0 {
            let text = "x".repeat(self.size);
            json.push_str(&format!(r#","command_line":{{"arguments":"{text}"}}"#));
        }
        if let Some(kind) = self.kind {
            json.push_str(&format!(r#","event_type_id":{kind}"#));
        }
        if self.is_incident {
            json.push_str(&format!(
                r#","threat_hunting":{{"incident_report_guid":"report-{}"}}"#,
                self.uid
            ));
        }
        // The computer's state is another one whenever it is listed.
        json.push_str(&format!(
            r#","computer":{{"connector_guid":"C-{}","active":false}}}}"#,
            self.connector
        ));
        json
    }
}

impl Cloud {
    /// The list since a second: the newest first.
    fn listed(&self, start: i64) -> Vec<&ModelEvent> {
        let mut listed: Vec<&ModelEvent> = self
            .events
            .iter()
            .filter(|event| {
                event.listed <= self.now
                    && event.time(self.by_arrival) >= start
                    && event.time(self.by_arrival) >= self.now - self.retention
            })
            .collect();
        let salt = if self.shuffles {
            self.requests as u64
        } else {
            0
        };
        let place = |id: u64| (id ^ salt.wrapping_mul(0x9E37_79B9)).wrapping_mul(salt.max(1));
        listed.sort_by_key(|event| {
            std::cmp::Reverse((event.time(self.by_arrival), place(event.uid)))
        });
        listed
    }

    fn answer(&mut self, line: &str) -> Reply {
        let number = self.requests;
        self.requests += 1;
        self.now += self.pace;
        if self.faults.contains(&number) {
            return match number % 4 {
                0 => Reply::error(HttpError::Broken("reset".to_owned())),
                1 => Reply::new(500, "<html>"),
                2 => Reply::new(200, "{\"data\":[{"),
                _ => Reply::new(429, "").header("Retry-After", "9999"),
            };
        }
        let query = line.split_once('?').unwrap().1.replace("%3A", ":");
        let value = |name: &str| {
            query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let start = timestamp::parse(&value("start_date").unwrap()).unwrap();
        let number = |name: &str| value(name).map_or(0, |text| text.parse::<usize>().unwrap());
        let types: Vec<&str> = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("event_type%5B%5D="))
            .collect();
        let mut listed = self.listed(start);
        listed.retain(|event| {
            let kind = event.kind.map(|kind| kind.to_string());
            types.is_empty() || kind.is_none_or(|kind| types.contains(&kind.as_str()))
        });
        let page: Vec<String> = listed
            .iter()
            .skip(number("offset"))
            .take(number("limit").min(self.longest_page))
            .map(|event| event.json())
            .collect();
        let body = format!(
            r#"{{"metadata":{{"results":{{"total":{}}}}},"data":[{}]}}"#,
            listed.len() as u64 + self.too_many,
            page.join(",")
        );
        let reply = Reply::new(200, &body);
        let reply = reply.after(Duration::from_secs(self.pace.unsigned_abs()));
        if self.dated {
            reply.header("Date", &http_date(self.now + self.date_ahead))
        } else {
            reply
        }
    }
}

/// A scripted world in which the cloud answers.
pub fn world(cloud: &Rc<RefCell<Cloud>>) -> Scripted {
    let host_now = cloud.borrow().now + cloud.borrow().host_ahead;
    let cloud = Rc::clone(cloud);
    Scripted::new(move |sent| cloud.borrow_mut().answer(&sent.line)).at(host_now)
}

/// The same, in which some requests get another reply.
pub fn world_with(
    cloud: &Rc<RefCell<Cloud>>,
    mut other: impl FnMut(&str) -> Option<Reply> + 'static,
) -> Scripted {
    let host_now = cloud.borrow().now + cloud.borrow().host_ahead;
    let cloud = Rc::clone(cloud);
    Scripted::new(move |sent| {
        other(&sent.line).unwrap_or_else(|| cloud.borrow_mut().answer(&sent.line))
    })
    .at(host_now)
}

/// A time as HTTP writes it; nobody reads the day of the week.
fn http_date(second: i64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = timestamp::rfc3339(second);
    let parts: Vec<&str> = text.split(['-', 'T', 'Z', '+']).collect();
    let [year, month, day, time, ..] = parts[..] else {
        panic!("{text}")
    };
    let month = MONTHS[month.parse::<usize>().unwrap() - 1];
    format!("Fri, {day} {month} {year} {time} GMT")
}
