//! Settings, checked into a [`Connection`]: where to send requests, who asks, and within which limits.
//!
//! Knows nothing of AMP's answers. A setting that cannot be right fails here, before any request.

use std::fmt;
use std::time::Duration;

use crate::contract::exports::conductor::secure_endpoint::connection::Settings;
use crate::http::Origin;
use crate::invisible;
use crate::quoting::quoted;

mod credential;
pub mod limits;
pub mod regions;
pub mod server_url;

#[cfg(test)]
pub mod example;

/// The time of Test Connection where `call-timeout-ms` is not set: what an administrator waits for after pressing a button.
pub const TEST_CONNECTION_TIMEOUT: Duration = Duration::from_secs(15);

/// A text that is never shown: it has no `Display`, and its `Debug` does not tell it.
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

/// A setting that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// Name of the setting, as in the contract.
    pub setting: &'static str,
    /// What is wrong and what would be right, in a sentence.
    pub message: String,
}

impl limits::Limit {
    /// The value or its default, if it is in range.
    fn check(&self, value: Option<u64>) -> Result<u64, SettingError> {
        let value = value.unwrap_or(self.default);
        if (self.minimum..=self.maximum).contains(&value) {
            return Ok(value);
        }
        let message = format!(
            "{value} is out of range; it takes {} to {}",
            self.minimum, self.maximum
        );
        Err(SettingError {
            setting: self.setting,
            message,
        })
    }

    /// The same for the settings that are 32-bit numbers.
    fn check_u32(&self, value: Option<u32>) -> Result<u32, SettingError> {
        self.check(value.map(u64::from))
            .map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    }
}

/// How to reach one organisation, checked.
#[derive(Debug)]
pub struct Connection {
    /// Where every request goes.
    pub origin: Origin,
    /// The value of the `Authorization` header: HTTP Basic (RFC 7617) with client ID and API key (reference, section 1.3).
    pub authorization: Secret,
    /// The API key, to be struck out of whatever might repeat it.
    pub api_key: Secret,
    /// The client ID, if it has the form of an API key: it may be one.
    swapped_key: Option<Secret>,
    /// In which way client ID and API key do not have the form that AMP's have, a sentence each.
    pub unusual_credential: Vec<&'static str>,
    /// Longest time for a connection.
    pub connect_timeout: Duration,
    /// Longest time to the first byte of an answer, and between two pieces of it.
    pub first_byte_timeout: Duration,
    /// Longest time for a whole command.
    pub call_timeout: Duration,
    /// Attempts for one request, at least 1.
    pub max_attempts: u32,
    /// Requests under way at once, at least 1.
    pub max_in_flight: usize,
    /// Items in a page, 1 to 500.
    pub page_size: u32,
    /// Bytes of all answers of a command.
    pub max_body_bytes: usize,
}

impl Connection {
    /// What no message may repeat.
    pub fn secrets(&self) -> Vec<&str> {
        let authorization = self.authorization.reveal();
        let mut secrets = vec![
            self.api_key.reveal(),
            authorization
                .strip_prefix("Basic ")
                .unwrap_or(authorization),
        ];
        secrets.extend(self.swapped_key.as_ref().map(Secret::reveal));
        secrets
    }

    /// Checks the settings, and fills in the defaults.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be right. Its message never quotes the API key.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingError> {
        let origin = server_url::parse(&settings.server_url).map_err(|message| SettingError {
            setting: "server-url",
            message,
        })?;
        let client_id = credential::read("client-id", &settings.client_id)?;
        if client_id.contains(':') {
            return Err(SettingError {
                setting: "client-id",
                message: "a client ID has no colon in it; copy the 3rd Party API Client ID alone from the console".to_owned(),
            });
        }
        let api_key = credential::read("api-key", &settings.api_key)?;
        match settings.api_version.as_deref().map(invisible::trim_quotes) {
            None | Some("" | limits::API_VERSION) => {}
            // It is quoted only if it could be a version: another setting's value may have come here.
            Some(other) => {
                let shown = if other.len() <= 8 {
                    format!(", {} cannot be used", quoted(other))
                } else {
                    String::new()
                };
                return Err(SettingError {
                    setting: "api-version",
                    message: format!(
                        "only v1 of the API has these commands{shown}; leave the setting out or set it to v1"
                    ),
                });
            }
        }
        let milliseconds =
            |limit: &limits::Limit, value: Option<u32>| -> Result<Duration, SettingError> {
                Ok(Duration::from_millis(limit.check(value.map(u64::from))?))
            };
        Ok(Self {
            origin,
            api_key: Secret(api_key.to_owned()),
            swapped_key: credential::is_key(client_id).then(|| Secret(client_id.to_owned())),
            unusual_credential: credential::unusual_forms(client_id, api_key),
            authorization: Secret(format!(
                "Basic {}",
                crate::base64::encode(format!("{client_id}:{api_key}").as_bytes())
            )),
            connect_timeout: milliseconds(
                &limits::CONNECT_TIMEOUT_MS,
                settings.connect_timeout_ms,
            )?,
            first_byte_timeout: milliseconds(
                &limits::FIRST_BYTE_TIMEOUT_MS,
                settings.first_byte_timeout_ms,
            )?,
            call_timeout: milliseconds(&limits::CALL_TIMEOUT_MS, settings.call_timeout_ms)?,
            max_attempts: limits::MAX_ATTEMPTS.check_u32(settings.max_attempts)?,
            max_in_flight: usize::try_from(
                limits::MAX_IN_FLIGHT.check_u32(settings.max_in_flight)?,
            )
            .unwrap_or(1),
            page_size: limits::PAGE_SIZE.check_u32(settings.page_size)?,
            max_body_bytes: usize::try_from(limits::MAX_BODY_BYTES.check(settings.max_body_bytes)?)
                .unwrap_or(usize::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            server_url: "api.eu.amp.cisco.com".to_owned(),
            client_id: " 0123456789abcdef0123 ".to_owned(),
            api_key: "11111111-2222-4333-8444-555555555555\n".to_owned(),
            ..example::settings()
        }
    }

    #[test]
    fn the_three_needed_settings_are_enough() {
        let connection = Connection::from_settings(&settings()).unwrap();
        assert_eq!(
            connection.origin.to_string(),
            "https://api.eu.amp.cisco.com"
        );
        assert_eq!(
            connection.authorization.reveal(),
            "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM6MTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1"
        );
        assert_eq!((connection.page_size, connection.max_attempts), (500, 4));
    }

    #[test]
    fn a_connection_never_prints_its_credential() {
        let shown = format!("{:?}", Connection::from_settings(&settings()).unwrap());
        assert!(
            shown.contains("[secret]") && !shown.contains("MDEy") && !shown.contains("5555"),
            "{shown}"
        );
    }

    #[test]
    fn a_setting_out_of_range_is_named_with_its_range() {
        let error = Connection::from_settings(&Settings {
            page_size: Some(501),
            ..settings()
        })
        .unwrap_err();
        assert_eq!(
            (error.setting, error.message.as_str()),
            ("page-size", "501 is out of range; it takes 1 to 500")
        );
    }

    #[test]
    fn what_copying_leaves_around_a_setting_is_not_sent() {
        let connection = Connection::from_settings(&Settings {
            server_url: "\u{feff}\"https://api.eu.amp.cisco.com\"".to_owned(),
            client_id: "'0123456789abcdef0123'".to_owned(),
            api_key: "\u{200b}\u{201c}11111111-2222-4333-8444-555555555555\u{201d}\n".to_owned(),
            api_version: Some("\"v1\"".to_owned()),
            ..settings()
        })
        .unwrap();
        let plain = Connection::from_settings(&settings()).unwrap();
        assert_eq!(connection.origin, plain.origin);
        assert_eq!(
            connection.authorization.reveal(),
            plain.authorization.reveal()
        );
        assert!(connection.unusual_credential.is_empty());
    }

    #[test]
    fn a_client_id_that_may_be_a_key_is_secret() {
        let swapped = Settings {
            client_id: settings().api_key,
            api_key: settings().client_id,
            ..settings()
        };
        let connection = Connection::from_settings(&swapped).unwrap();
        assert!(connection.secrets().contains(&swapped.client_id.trim()));
    }

    #[test]
    fn another_version_than_v1_is_refused() {
        let error = Connection::from_settings(&Settings {
            api_version: Some("v9".to_owned()),
            ..settings()
        })
        .unwrap_err();
        assert_eq!(error.setting, "api-version");
        assert!(error.message.contains("v1"), "{}", error.message);
    }

    #[test]
    fn a_key_with_spaces_within_is_refused_without_being_shown() {
        let error = Connection::from_settings(&Settings {
            api_key: "half the key".to_owned(),
            ..settings()
        })
        .unwrap_err();
        assert_eq!(error.setting, "api-key");
        assert!(!error.message.contains("half"), "{}", error.message);
    }
}
