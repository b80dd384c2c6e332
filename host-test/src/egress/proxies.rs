//! The proxies that the environment names (`HTTPS_PROXY`, `NO_PROXY`, ...), and how their
//! credentials are protected.
//!
//! Directories lock an account after a few wrong passwords, and a collector has many connections.
//! So as long as a proxy has not accepted its credentials, one request at a time carries them, and
//! once it has rejected them none does for a while.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::{Host, Url};

use super::live::LiveError;
use super::policy::is_loopback;
use super::tunnel::{AuthenticationRequired, ProxyError};

/// How long rejected credentials are not sent again. The component asks for the same delay between
/// polls.
pub(super) const REJECTION_MEMORY: Duration = Duration::from_secs(15 * 60);

/// The variables that may name a proxy.
const VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The proxies, by destination.
pub(super) struct Proxies {
    matcher: Matcher,
    https: Arc<CredentialGuard>,
    http: Arc<CredentialGuard>,
}

/// The proxy of one destination.
#[derive(Clone)]
pub(super) struct Proxy {
    uri: Uri,
    authorization: Option<HeaderValue>,
    guard: Arc<CredentialGuard>,
}

impl Proxies {
    /// Returns the proxies of the environment.
    ///
    /// # Errors
    ///
    /// Returns [`LiveError::Proxy`] if a variable is set and names no proxy: the client would do
    /// without.
    pub(super) fn from_environment() -> Result<Self, LiveError> {
        check_variables(|variable| std::env::var_os(variable))?;
        Ok(Self::new(Matcher::from_env()))
    }

    pub(super) fn new(matcher: Matcher) -> Self {
        Self {
            matcher,
            https: Arc::default(),
            http: Arc::default(),
        }
    }

    /// Returns the proxy for a destination, or `None` if it is reached directly, as every loopback
    /// address is.
    pub(super) fn route(&self, destination: &Uri) -> Option<Proxy> {
        let host = destination.host().map(Host::parse);
        if host.is_some_and(|host| host.is_ok_and(|host| is_loopback(&host))) {
            return None;
        }
        let intercept = self.matcher.intercept(destination)?;
        let guard = match destination.scheme() == Some(&Scheme::HTTPS) {
            true => &self.https,
            false => &self.http,
        };
        Some(Proxy::new(&intercept, Arc::clone(guard)))
    }
}

impl Proxy {
    fn new(intercept: &Intercept, guard: Arc<CredentialGuard>) -> Self {
        let mut authorization = intercept.basic_auth().cloned();
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        Self {
            uri: intercept.uri().clone(),
            authorization,
            guard,
        }
    }

    /// Its address, without user and password.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The `Proxy-Authorization` header, if the environment has a user and a password.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Its name for messages: host and port.
    pub(super) fn name(&self) -> String {
        let port = match (self.uri.port_u16(), self.uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, _) => 80,
        };
        format!("{}:{port}", self.uri.host().unwrap_or_default())
    }

    /// Runs an attempt that sends the credentials, unless the proxy has just rejected them.
    ///
    /// # Errors
    ///
    /// Returns the error of the attempt, or the earlier rejection.
    pub(super) async fn guarded<T>(
        &self,
        attempt: impl Future<Output = Result<T, ProxyError>>,
    ) -> Result<T, ProxyError> {
        match self.authorization {
            Some(_) => self.guard.run(attempt).await,
            // Without credentials there is no account to lock.
            None => attempt.await,
        }
    }
}

/// Remembers what a proxy thinks of its credentials.
#[derive(Default)]
struct CredentialGuard {
    verdict: Mutex<Credentials>,
}

/// Credentials, by what a proxy thinks of them.
#[derive(Default)]
enum Credentials {
    /// No response yet.
    #[default]
    Untried,
    /// Accepted, so any number of requests may carry them.
    Accepted,
    /// Rejected at a time.
    Rejected(AuthenticationRequired, Instant),
}

impl CredentialGuard {
    async fn run<T>(
        &self,
        attempt: impl Future<Output = Result<T, ProxyError>>,
    ) -> Result<T, ProxyError> {
        let mut verdict = self.verdict.lock().await;
        match &*verdict {
            Credentials::Rejected(rejection, at) if at.elapsed() < REJECTION_MEMORY => Err(
                ProxyError::AuthenticationRequired(rejection.clone().remembered(at.elapsed())),
            ),
            Credentials::Accepted => {
                drop(verdict);
                let outcome = attempt.await;
                if outcome.is_err() {
                    note(&mut *self.verdict.lock().await, &outcome);
                }
                outcome
            }
            Credentials::Untried | Credentials::Rejected(..) => {
                // The lock is kept: whoever else wants to send them waits for this response.
                let outcome = attempt.await;
                note(&mut verdict, &outcome);
                outcome
            }
        }
    }
}

fn note<T>(verdict: &mut Credentials, outcome: &Result<T, ProxyError>) {
    match outcome {
        Ok(_) => *verdict = Credentials::Accepted,
        Err(ProxyError::AuthenticationRequired(rejection)) => {
            *verdict = Credentials::Rejected(rejection.clone(), Instant::now());
        }
        Err(_) => {}
    }
}

/// Checks every variable that may name a proxy.
fn check_variables(value: impl Fn(&str) -> Option<OsString>) -> Result<(), LiveError> {
    for variable in VARIABLES {
        let Some(value) = value(variable).filter(|value| !value.is_empty()) else {
            continue;
        };
        // Without a scheme it is http, as the client reads it too. The one parser is the client's
        // own; the other looks at the port.
        let understood = value
            .to_str()
            .map(|value| {
                if value.contains('/') {
                    value.to_owned()
                } else {
                    format!("http://{value}")
                }
            })
            .and_then(|value| {
                value
                    .parse::<Uri>()
                    .ok()
                    .filter(|_| Url::parse(&value).is_ok())
            })
            .is_some_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.host().is_some_and(|host| !host.is_empty())
            });
        if !understood {
            return Err(LiveError::Proxy { variable });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn proxy(url: &str) -> Proxy {
        let proxies = Proxies::new(Matcher::builder().all(url).build());
        proxies
            .route(&Uri::from_static("https://amp.example.com"))
            .unwrap()
    }

    fn rejected() -> ProxyError {
        ProxyError::AuthenticationRequired(AuthenticationRequired::new(
            "proxy.example:3128".to_owned(),
            true,
            None,
        ))
    }

    /// Attempts at the same time, all of which the proxy responds to in this way; returns how many
    /// reached it.
    async fn attempts(
        proxy: &Proxy,
        number: usize,
        outcome: impl Fn() -> Result<(), ProxyError> + Copy,
    ) -> usize {
        let sent = AtomicUsize::new(0);
        let attempt = |_| {
            proxy.guarded(async {
                sent.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                outcome()
            })
        };
        futures_util::future::join_all((0..number).map(attempt)).await;
        sent.load(Ordering::SeqCst)
    }

    #[tokio::test(start_paused = true)]
    async fn rejected_credentials_are_sent_once_in_fifteen_minutes() {
        let proxy = proxy("http://user:SESAME@proxy.example:3128");
        assert_eq!(attempts(&proxy, 8, || Err(rejected())).await, 1);
        tokio::time::advance(REJECTION_MEMORY - Duration::from_secs(1)).await;
        assert_eq!(attempts(&proxy, 8, || Err(rejected())).await, 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(attempts(&proxy, 8, || Ok(())).await, 8);
        // A password that is changed on the way is noticed too.
        assert!(attempts(&proxy, 1, || Err(rejected())).await == 1);
        assert_eq!(attempts(&proxy, 8, || Ok(())).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn another_failure_rejects_no_credentials() {
        let proxy = proxy("http://user:SESAME@proxy.example:3128");
        let late = || Err(ProxyError::TimedOut("proxy.example:3128".to_owned()));
        assert_eq!(attempts(&proxy, 3, late).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn without_credentials_every_attempt_is_made() {
        let proxy = proxy("http://proxy.example:3128");
        assert_eq!(attempts(&proxy, 3, || Err(rejected())).await, 3);
    }

    #[test]
    fn the_name_of_a_proxy_has_its_port_and_no_secret() {
        for (url, name) in [
            (
                "http://user:SESAME@proxy.example:3128",
                "proxy.example:3128",
            ),
            ("proxy.example", "proxy.example:80"),
            ("https://[2001:db8::5]", "[2001:db8::5]:443"),
        ] {
            assert_eq!(proxy(url).name(), name);
        }
    }

    #[test]
    fn loopback_addresses_are_reached_directly() {
        let proxies = Proxies::new(Matcher::builder().all("http://proxy.example").build());
        for direct in [
            "http://127.0.0.1:8080",
            "https://[::1]",
            "http://amp.localhost",
        ] {
            assert!(
                proxies.route(&direct.parse().unwrap()).is_none(),
                "{direct}"
            );
        }
    }

    #[test]
    fn a_proxy_that_is_not_understood_is_refused_by_the_name_of_its_variable_alone() {
        for variable in VARIABLES {
            let set =
                |to: &'static str| check_variables(|name| (name == variable).then(|| to.into()));
            for good in [
                "",
                "http://proxy.example",
                "proxy.example:3128",
                "http://user:SESAME@proxy.example:3128",
                "https://[2001:db8::5]:8443/",
            ] {
                assert!(set(good).is_ok(), "{good}");
            }
            for bad in [
                "socks5://user:SESAME@proxy.example:1080",
                "http://",
                "http://user:SESAME@",
                "http://user:SESA ME@proxy.example",
                "http:/proxy.example",
                "http://user:SESAME/x@proxy.example:port",
            ] {
                let told = set(bad).err().map(|error| error.to_string());
                let told = told.unwrap_or_default();
                assert!(told.starts_with(variable), "{bad}: {told}");
                assert!(!told.contains("SESA"), "{told}");
            }
        }
    }
}
