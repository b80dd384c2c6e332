//! Names of hosts and users and addresses, found for `--redact`.
//!
//! A name is known by the key it stands under (`hostname`, `user`) or by its form (`NAME@DOMAIN`, `https://HOST`,
//! `C:\Users\NAME`). Not counted are the names of Cisco's own cloud, which are the same for everybody, and `localhost`.

use std::collections::{BTreeMap, BTreeSet};

use super::network_names::{self, Address};
use super::stand_ins::Names;

/// Keys of host names and of domains, in lower case and without hyphens and underscores.
const HOST_KEYS: [&str; 9] = [
    "hostname",
    "host",
    "computername",
    "machinename",
    "fqdn",
    "dnsname",
    "netbiosname",
    "domain",
    "serverurl",
];
/// Keys of users.
const USER_KEYS: [&str; 7] = [
    "user",
    "username",
    "users",
    "login",
    "email",
    "isolatedby",
    "owner",
];
/// Keys of what is looked for, which may be a part of a name.
const SEARCH_KEYS: [&str; 3] = ["query", "q", "artifact"];
/// What a name of a host or user may be called and what is also AMP's own word, or everybody's: replaced under their own
/// keys alone.
pub(super) const WORDS: [&str; 30] = [
    "windows",
    "linux",
    "mac",
    "macos",
    "ios",
    "android",
    "network",
    "system",
    "admin",
    "root",
    "user",
    "users",
    "public",
    "default",
    "computer",
    "computers",
    "event",
    "events",
    "group",
    "groups",
    "policy",
    "policies",
    "isolated",
    "data",
    "www",
    "api",
    "mail",
    "com",
    "local",
    "amp",
];
/// Folders of profiles that are nobody's.
const NOBODY: [&str; 5] = ["public", "default", "all users", "default user", "shared"];
/// Shorter names are replaced under their own keys alone.
pub(super) const SHORTEST: usize = 3;
/// What a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Domain,
    User,
    /// Two names with what stands between them: `NAME@DOMAIN`, `HOST.DOMAIN`, `DOMAIN\NAME`.
    Pair(String, char, String),
    /// A folder of a profile: what comes before the name, and the name.
    Profile(String, String),
}

/// Names and addresses, while they are being found. All names are in lower case.
#[derive(Default)]
pub(super) struct FoundNames {
    names: BTreeMap<String, Kind>,
    asked: BTreeSet<String>,
    addresses: BTreeSet<Address>,
}

/// A key in lower case, and without hyphens, underscores and brackets.
pub(super) fn plain_key(key: &str) -> String {
    key.chars()
        .filter(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// Whether what stands under a key may be a name or a part of one.
pub(super) fn is_name_key(key: &str) -> bool {
    HOST_KEYS.contains(&key) || USER_KEYS.contains(&key) || SEARCH_KEYS.contains(&key)
}

fn is_everybodys(host: &str) -> bool {
    matches!(host, "localhost" | "cisco.com")
        || host.ends_with(".localhost")
        || host.ends_with(".cisco.com")
}

impl FoundNames {
    /// Looks at a text and at the key it stands under; `asked` if it is what somebody looks for.
    pub(super) fn text(&mut self, key: Option<&str>, text: &str, asked: bool) {
        let key = key.map(plain_key).unwrap_or_default();
        let text = text.trim();
        if HOST_KEYS.contains(&key.as_str()) {
            self.host(text);
        } else if USER_KEYS.contains(&key.as_str()) {
            self.user(text);
        }
        if asked && (HOST_KEYS.contains(&key.as_str()) || SEARCH_KEYS.contains(&key.as_str())) {
            self.asked.insert(text.to_lowercase());
        }
        // 8.0.1.21 may be a version.
        if !key.contains("version") && key != "useragent" && key != "server" {
            addresses(text, &mut self.addresses);
        }
        self.in_urls(text);
        self.accounts(text);
        self.profiles(text);
    }

    fn add(&mut self, name: &str, kind: Kind) {
        self.names.entry(name.to_lowercase()).or_insert(kind);
    }

    fn host(&mut self, host: &str) {
        let host = host.trim().trim_end_matches('.').to_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || is_everybodys(&host) || address.parse::<std::net::IpAddr>().is_ok() {
            return;
        }
        if super::url::is_url(&host) {
            return self.in_urls(&host);
        }
        match host.split_once('.') {
            Some((label, domain))
                if !label.is_empty()
                    && domain.contains(char::is_alphabetic)
                    && !host.contains(char::is_whitespace) =>
            {
                self.add(label, Kind::Host);
                self.add(domain, Kind::Domain);
                let pair = Kind::Pair(label.to_owned(), '.', domain.to_owned());
                // What was taken for a domain before is one still.
                self.add(&host, pair);
            }
            _ => self.add(&host, Kind::Host),
        }
    }

    fn user(&mut self, user: &str) {
        if user.is_empty() || user.eq_ignore_ascii_case("not available") {
            return;
        }
        if let Some((name, domain)) = user.rsplit_once('@') {
            self.account(name, '@', domain);
        } else if let Some((domain, name)) = user.split_once('\\') {
            self.host(domain);
            self.add(name, Kind::User);
            let pair = Kind::Pair(domain.to_lowercase(), '\\', name.to_lowercase());
            self.add(user, pair);
        } else {
            self.add(user, Kind::User);
        }
    }

    fn account(&mut self, name: &str, between: char, domain: &str) {
        if name.is_empty() || domain.is_empty() {
            return;
        }
        self.add(name, Kind::User);
        self.host(domain);
        let pair = Kind::Pair(name.to_lowercase(), between, domain.to_lowercase());
        self.add(&format!("{name}{between}{domain}"), pair);
    }

    /// `NAME@DOMAIN` anywhere in a text.
    fn accounts(&mut self, text: &str) {
        let within = |letter: char| {
            letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+' | '%')
        };
        for (at, _) in text.match_indices('@') {
            let (before, after) = text.split_at(at);
            let start = before
                .char_indices()
                .rev()
                .take_while(|(_, letter)| within(*letter))
                .last()
                .map_or(at, |(start, _)| start);
            let after = after.get(1..).unwrap_or_default();
            let end = after.find(|letter| !within(letter)).unwrap_or(after.len());
            let domain = after.get(..end).unwrap_or_default();
            let name = before.get(start..).unwrap_or_default();
            self.account(name, '@', domain.trim_end_matches(['.', '-', '_']));
        }
    }

    /// `https://HOST` anywhere in a text.
    fn in_urls(&mut self, text: &str) {
        for (at, _) in text.match_indices("://") {
            let rest = text.get(at.saturating_add(3)..).unwrap_or_default();
            let end = rest
                .find(|letter: char| letter.is_whitespace() || "/?#\\\"'<>(),;".contains(letter))
                .unwrap_or(rest.len());
            let authority = rest.get(..end).unwrap_or_default();
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            if !host.starts_with('[') {
                let host = host.split(':').next().unwrap_or_default().to_owned();
                self.host(&host);
            }
        }
    }

    /// `C:\Users\NAME` and the like anywhere in a text.
    fn profiles(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        for folder in ["users", "documents and settings", "home"] {
            for (at, _) in lower.match_indices(folder) {
                let end = at.saturating_add(folder.len());
                let slashed = lower
                    .get(..at)
                    .is_some_and(|before| before.ends_with(['\\', '/']));
                let rest = text.get(end..).unwrap_or_default();
                let name = rest.trim_start_matches(['\\', '/']);
                let slashes = rest.len().saturating_sub(name.len());
                let length = name
                    .find(['\\', '/', '"', '\'', '<', '>', '|', '?', '*', ':', '\n'])
                    .unwrap_or(name.len());
                let name = name.get(..length).unwrap_or_default().trim_end();
                if !slashed
                    || slashes == 0
                    || name.is_empty()
                    || NOBODY.contains(&name.to_lowercase().as_str())
                {
                    continue;
                }
                self.add(name, Kind::User);
                if name.len() < SHORTEST || WORDS.contains(&name.to_lowercase().as_str()) {
                    let before = text
                        .get(at..end.saturating_add(slashes))
                        .unwrap_or_default();
                    let profile = Kind::Profile(before.to_owned(), name.to_lowercase());
                    self.add(&format!("{before}{name}"), profile);
                }
            }
        }
    }

    /// The names, each with its stand-in.
    pub(super) fn settle(mut self) -> Names {
        // A part of a name that somebody looked for needs a stand-in of its own.
        let part = |asked: &String| {
            asked.len() > 1 && self.names.keys().any(|name| name.contains(asked.as_str()))
        };
        let parts: Vec<String> = self
            .asked
            .iter()
            .filter(|asked| part(asked))
            .cloned()
            .collect();
        for part in &parts {
            self.names.entry(part.clone()).or_insert(Kind::Host);
        }
        Names::of(&self.names, &parts, &self.addresses)
    }
}

/// Adds every address in a text.
fn addresses(text: &str, found: &mut BTreeSet<Address>) {
    let (mut at, mut before) = (0_usize, None);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match network_names::at_start(before, rest) {
            Some((address, length)) => {
                found.insert(address);
                length
            }
            None => rest.chars().next().map_or(1, char::len_utf8),
        };
        before = rest.get(..length).and_then(|old| old.chars().next_back());
        at = at.saturating_add(length.max(1));
    }
}
