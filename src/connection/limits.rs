//! The default and the range of each limit among the settings: the one place that knows them. The build script reads this
//! file too, for the schema.

/// The one version of the API that this plugin speaks (reference, section 1.2).
pub const API_VERSION: &str = "v1";

/// A number among the settings.
pub struct Limit {
    /// Name of the setting.
    pub setting: &'static str,
    /// What holds if it is left out.
    pub default: u64,
    /// The smallest value taken.
    pub minimum: u64,
    /// The largest value taken.
    pub maximum: u64,
}

/// A healthy connection takes well under a second; ten leave room for a proxy and a slow DNS.
pub const CONNECT_TIMEOUT_MS: Limit = Limit {
    setting: "connect-timeout-ms",
    default: 10_000,
    minimum: 100,
    maximum: 120_000,
};

/// Large pages take the cloud several seconds to gather.
pub const FIRST_BYTE_TIMEOUT_MS: Limit = Limit {
    setting: "first-byte-timeout-ms",
    default: 30_000,
    minimum: 100,
    maximum: 300_000,
};

/// Long enough for a few waits of retry, short enough for a playbook's step. Hosts cut a call off a little above the maximum.
pub const CALL_TIMEOUT_MS: Limit = Limit {
    setting: "call-timeout-ms",
    default: 120_000,
    minimum: 1_000,
    maximum: 600_000,
};

/// With the waits of `amp::retry`, four attempts span some seconds: a passing fault, not an outage.
pub const MAX_ATTEMPTS: Limit = Limit {
    setting: "max-attempts",
    default: 4,
    minimum: 1,
    maximum: 10,
};

/// Eight pages at once took as long as one when measured; more only load the cloud.
pub const MAX_IN_FLIGHT: Limit = Limit {
    setting: "max-in-flight",
    default: 8,
    minimum: 1,
    maximum: 32,
};

/// AMP's own maximum and default (reference, section 2.2).
pub const PAGE_SIZE: Limit = Limit {
    setting: "page-size",
    default: 500,
    minimum: 1,
    maximum: 500,
};

/// 64 MiB are about 30,000 computers at the 2.2 kB that each takes.
pub const MAX_BODY_BYTES: Limit = Limit {
    setting: "max-body-bytes",
    default: 64 * 1024 * 1024,
    minimum: 1024,
    maximum: 128 * 1024 * 1024,
};

/// Every limit, for the settings schema.
pub const LIMITS: [&Limit; 7] = [
    &CONNECT_TIMEOUT_MS,
    &FIRST_BYTE_TIMEOUT_MS,
    &CALL_TIMEOUT_MS,
    &MAX_ATTEMPTS,
    &MAX_IN_FLIGHT,
    &PAGE_SIZE,
    &MAX_BODY_BYTES,
];

/// The most characters of a client ID or API key. IDs have 20 and keys 36: more room than AMP may
/// ever need, and a header of less than a kilobyte.
pub const CREDENTIAL_CHARACTERS: u32 = 256;

/// The most characters of a server URL. A host name has up to 253; the rest is for scheme and port.
pub const SERVER_URL_CHARACTERS: u32 = 300;
