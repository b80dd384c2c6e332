//! One form for the many in which AMP and users write a path: `\\?\C:\x`, `C:\x`, `/C:/x` and `file:///C%3A/x` are the
//! same file.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The scheme of a URL that is a path.
const FILE_SCHEME: &str = "file:";
/// Beginnings that address a device or an unparsed path on Windows, with slashes, once runs of slashes are one.
const DEVICE_PREFIXES: [&str; 3] = ["/?/", "/./", "/??/"];

/// Returns a path, a part of one or a command line with one, in a form that can be compared: lower case, slashes, no prefix
/// of a device or a URL. Text without any of these is only lowered.
pub fn path_form(text: &str) -> String {
    let lowered = text.trim().to_lowercase();
    let path = match lowered.strip_prefix(FILE_SCHEME) {
        Some(rest) => {
            // Decoded letters can be capitals.
            let decoded = percent_decode_str(rest).decode_utf8_lossy().to_lowercase();
            without_local_host(&decoded).into_owned()
        }
        None => lowered,
    };
    let path = with_single_slashes(&path);
    let path = without_device_prefix(&path);
    match path.strip_prefix('/') {
        Some(rest) if begins_with_drive(rest) => rest.to_owned(),
        _ => path.into_owned(),
    }
}

/// Removes a device prefix. The share of `//?/unc/server/share` stays one: `/server/share`.
fn without_device_prefix(path: &str) -> Cow<'_, str> {
    let local = DEVICE_PREFIXES
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix));
    match (local, local.and_then(|local| local.strip_prefix("unc/"))) {
        (_, Some(share)) => Cow::Owned(format!("/{share}")),
        (Some(local), None) => Cow::Borrowed(local),
        (None, None) => Cow::Borrowed(path),
    }
}

/// Removes the authority of `file://localhost/x`, which is this computer.
fn without_local_host(rest: &str) -> Cow<'_, str> {
    match rest.strip_prefix("//localhost/") {
        Some(path) => Cow::Owned(format!("/{path}")),
        None => Cow::Borrowed(rest),
    }
}

/// Replaces backslashes by slashes, and several in a row by one, as they are doubled in JSON and in scripts.
fn with_single_slashes(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for character in path.chars() {
        let character = if character == '\\' { '/' } else { character };
        if !(character == '/' && single.ends_with('/')) {
            single.push(character);
        }
    }
    single
}

fn begins_with_drive(path: &str) -> bool {
    let mut characters = path.chars();
    characters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic())
        && characters.next() == Some(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_path_is_one() {
        for form in [
            r"C:\Users\Jörg\My Files\x.exe",
            r"\\?\C:\Users\Jörg\My Files\x.exe",
            r"\\.\C:\Users\JÖRG\My Files\x.exe",
            r"\??\C:\Users\Jörg\My Files\x.exe",
            r"C:\\Users\\Jörg\\My Files\\x.exe",
            "/c:/users/jörg/my files/x.exe",
            "C:/Users/Jörg/My Files/x.exe",
            "file:///C%3A/Users/J%C3%B6rg/My%20Files/x.exe",
            "file:///C:/Users/J%C3%96rg/My%20Files/x.exe",
            "FILE://localhost/c:/Users/Jörg/My Files/x.exe",
            "file:/C:/Users/Jörg/My Files/x.exe",
        ] {
            assert_eq!(path_form(form), "c:/users/jörg/my files/x.exe", "{form}");
        }
        for form in [
            r"\\server\share\x.exe",
            r"\\?\UNC\server\share\x.exe",
            "file://server/share/x.exe",
            "//server/share/x.exe",
        ] {
            assert_eq!(path_form(form), "/server/share/x.exe", "{form}");
        }
        for form in ["/usr/local/bin/x", "file:///usr/local/bin/x"] {
            assert_eq!(path_form(form), "/usr/local/bin/x", "{form}");
        }
    }

    #[test]
    fn percent_signs_outside_of_urls_are_kept() {
        assert_eq!(path_form(r"C:\100%25\%TEMP%"), "c:/100%25/%temp%");
        assert_eq!(path_form("file:///C:/a%zz%4"), "c:/a%zz%4");
        assert_eq!(path_form("file:///%FF"), "/\u{fffd}");
    }

    #[test]
    fn text_that_is_no_path_is_lowered() {
        assert_eq!(path_form("W32.Example.Test"), "w32.example.test");
        assert_eq!(path_form(""), "");
        assert_eq!(path_form("file:"), "");
    }
}
