//! A stand-in for the AMP cloud: an organisation made up from a seed, with AMP's validation, filters, pages, quirks, rate
//! limit and isolation life cycle, and with faults that befall requests as a [`Plan`] says.
//!
//! It answers in process ([`Simulator::answer`], or as [`crate::egress::Simulated`]) or on loopback HTTP ([`serve`]).
//! Everything it does takes its time from tokio's clock, so under a paused one an hour passes in no time. Section numbers
//! in the rooms below refer to the reference of the v1 API.

mod answer;
mod asked;
mod chance;
mod cloud;
mod computers;
mod counts;
mod date;
mod event_details;
mod event_ids;
mod event_types;
mod events;
mod faults;
mod file_lists;
mod groups;
mod identity;
mod landmarks;
mod listings;
mod rate_limit;
mod reply;
mod server;
mod wire;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use tokio::time::Instant;

pub use answer::{Answer, Body, Break, Response, Step};
pub use counts::{Served, Tally};
pub use faults::{KINDS, KindHelp, Plan, PlanError};
pub use identity::EventIdentity;
pub use landmarks::Landmarks;
pub use server::serve;
pub use world::{API_KEY, Burst, CLIENT_ID, EventIds, Spelling, World};

use asked::Asked;
use chance::Chance;
use cloud::{Cloud, Now};
use counts::Counts;
use faults::{Fault, Kind};
use wire::Postmark;

/// Where the counts can be read while the simulator serves.
pub const COUNTS_PATH: &str = "/_simulator/counts";

/// The last time that an HTTP date can show: the end of the year 9999.
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

/// The simulated cloud, ready to answer.
#[derive(Debug)]
pub struct Simulator {
    world: World,
    cloud: Mutex<Cloud>,
    plan: Plan,
    counts: Counts,
    /// The start, by tokio's clock.
    made: Instant,
    /// The start, since 1970.
    wall: Duration,
}

impl Simulator {
    /// Makes the organisation up. Its time begins now, which must be within a tokio runtime if the clock is to be paused.
    #[must_use]
    pub fn new(world: World) -> Self {
        let wall = world
            .now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let cloud = Cloud::new(&world, wall);
        Self {
            world,
            cloud: Mutex::new(cloud),
            plan: Plan::default(),
            counts: Counts::default(),
            made: Instant::now(),
            wall,
        }
    }

    /// The same, with faults.
    #[must_use]
    pub fn with_faults(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// The settings it was made of.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What its wall clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        since_1970(self.time().wall)
    }

    fn time(&self) -> Now {
        let elapsed = self.made.elapsed();
        Now {
            elapsed,
            wall: self.wall.saturating_add(elapsed),
        }
    }

    fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was served so far.
    #[must_use]
    pub fn counts(&self) -> Tally {
        self.counts.read()
    }

    /// The newest requests that were served, in their order.
    #[must_use]
    pub fn log(&self) -> Vec<Served> {
        self.counts.log()
    }

    /// Adds an event that arrives now with a time of your choice, be it long ago or far in the future, and returns
    /// its identity.
    pub fn add_event(&self, time: SystemTime) -> EventIdentity {
        let (mut cloud, now) = self.up_to_date();
        let event = cloud.history.add(seconds(time), now);
        cloud.identity(event)
    }

    /// Adds an entry that agrees with the event that was made last in every field, and returns its identity; `None` if
    /// there is no event.
    pub fn repeat_event(&self) -> Option<EventIdentity> {
        let (mut cloud, now) = self.up_to_date();
        let event = cloud.history.repeat(now)?;
        Some(cloud.identity(event))
    }

    /// The identities of all entries that have arrived, the newest first. Several entries may have one identity.
    #[must_use]
    pub fn event_identities(&self) -> Vec<EventIdentity> {
        let (cloud, _) = self.up_to_date();
        let newest_first = cloud.history.newest_first();
        newest_first.map(|event| cloud.identity(event)).collect()
    }

    /// The cloud after everything that is due has arrived, and the second of its wall clock.
    fn up_to_date(&self) -> (MutexGuard<'_, Cloud>, i64) {
        let mut cloud = self.cloud();
        let now = self.time();
        cloud.history.advance(now.elapsed);
        (cloud, i64::try_from(now.wall.as_secs()).unwrap_or(i64::MAX))
    }

    /// Answers a request. The address may be a path alone, if there is a host header.
    pub async fn answer(&self, request: Request<Bytes>) -> Answer {
        let mut asked = Asked::new(&request);
        if asked.path == COUNTS_PATH {
            return self.tell_counts();
        }
        let under_way = self.counts.begin(cloud::endpoint(&asked));
        let fault = self
            .plan
            .befalls(asked.method.as_str(), &asked.path)
            .cloned();
        if !self.world.latency.is_zero() {
            tokio::time::sleep(self.world.latency).await;
        }
        let now = self.time();
        let heard = fault.as_ref().is_none_or(|fault| fault.applied);
        let kind = fault.as_ref().map(|fault| &fault.kind);
        if let Some(Kind::List(list)) = kind {
            asked.list = *list;
        }
        let reply = heard.then(|| self.cloud().answer(&asked, now));
        let mark = Postmark {
            id: Chance::of(self.world.seed, "request", self.counts.read_total()).guid(),
            date: httpdate::fmt_http_date(since_1970(dated(now.wall, kind))),
        };

        let (status, applied) = (
            reply.as_ref().map(|reply| reply.status),
            reply.as_ref().is_some_and(|reply| reply.applied),
        );
        let mut answer = match (kind, reply) {
            (Some(Kind::Break(how)), _) => Some(Answer::Broken(*how)),
            (Some(Kind::Other(other)), _) => {
                Some(Answer::Response(faults::answer(other, &asked, &mark)))
            }
            (Some(Kind::Stall), _) | (_, None) => None,
            (Some(Kind::Spoilt(how)), Some(reply)) => {
                Some(Answer::Response(faults::spoil(how, reply, &asked, &mark)))
            }
            (None | Some(Kind::Late(_) | Kind::WrongDate(_) | Kind::List(_)), Some(reply)) => Some(
                Answer::Response(wire::response(&reply, &asked, self.world.gzip_from, &mark)),
            ),
        };
        let told = match &answer {
            Some(Answer::Response(response)) => Some(response.status),
            _ => None,
        };
        let request = format!("{} {}", asked.method, asked.path_and_query);
        let served = Served {
            at: now.elapsed,
            request,
            status,
            applied,
            fault: fault.as_ref().map(|fault| fault.name),
        };
        self.counts.served(served, asked.is_write(), told);

        if let Some(Fault {
            kind: Kind::Late(by),
            ..
        }) = fault
        {
            tokio::time::sleep(by).await;
        }
        if let Some(Answer::Response(response)) = &mut answer {
            response.body.under_way = Some(under_way);
        }
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    fn tell_counts(&self) -> Answer {
        let text = serde_json::to_string_pretty(&self.counts()).unwrap_or_default();
        let headers = vec![(wire::CONTENT_TYPE.to_owned(), wire::JSON.to_owned())];
        Answer::Response(Response {
            status: 200,
            headers,
            body: Bytes::from(format!("{text}\n")).into(),
        })
    }
}

/// The time that the `Date` header shows at a time of the wall clock.
fn dated(wall: Duration, kind: Option<&Kind>) -> Duration {
    match kind {
        Some(Kind::WrongDate(by)) => {
            let off = Duration::from_secs(by.unsigned_abs());
            if *by < 0 {
                wall.saturating_sub(off)
            } else {
                // The last time that the header can show is in the year 9999.
                wall.saturating_add(off).min(LAST_DATE)
            }
        }
        _ => wall,
    }
}

/// Seconds since 1970; 0 for a time before.
fn seconds(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn since_1970(time: Duration) -> SystemTime {
    SystemTime::UNIX_EPOCH
        .checked_add(time)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
