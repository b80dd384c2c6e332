//! Forms of identifiers, whatever they identify.

/// Whether a text is of hexadecimal digits alone.
pub fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is a GUID, in any case: 8-4-4-4-12 hexadecimal digits.
pub fn is_guid(text: &str) -> bool {
    let mut groups = text.split('-');
    let is_group = |length| {
        groups
            .next()
            .is_some_and(|group: &str| group.len() == length && is_hex(group))
    };
    [8, 4, 4, 4, 12].into_iter().all(is_group) && groups.next().is_none()
}
