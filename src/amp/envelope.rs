//! The envelope around everything AMP sends: `version`, `metadata`, `data`, `errors` (reference, sections 2.1 and 2.4).
//!
//! The text of an answer is kept as it came and never written anew, so ids of 64 bits, unknown fields and the order of
//! fields survive whatever happens to it.

use serde_json::Value;

use super::error::AmpError;
use super::json;
use super::lenient::{field, view};
use super::request::Request;
use super::timestamp::http_date;
use crate::http::Response;

/// Deeper nesting than this is no answer of AMP's (its own is about 8 deep), and a strain on whoever reads it after us.
const MAX_DEPTH: usize = 64;

/// AMP's words are cut at this length (in characters) when quoted.
pub const MAX_QUOTE: usize = 300;

/// A successful answer whose envelope was checked.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body as it came. A success without a body (a 204) has the text `null`.
    pub text: String,
    /// HTTP status code.
    pub status: u16,
    /// The answer's `X-Request-Id`.
    pub request_id: Option<String>,
    /// `metadata.results.total`: all matches, not only this page's.
    pub total: Option<u64>,
    /// The server's own time (RFC 9110, section 6.6.1), in seconds since 1970.
    pub date: Option<i64>,
    /// Whether `metadata.links.next` is there. The link itself is never followed, so that nothing in an answer decides where the
    /// credential goes; offsets are counted instead (section 2.2).
    pub has_next: bool,
}

impl Answer {
    /// What stands at `$.data`; nothing if it is absent or null.
    pub fn data(&self) -> Option<&str> {
        json::member(&self.text, "data").filter(|data| *data != "null")
    }

    /// The object at `$.data`.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if there is no object.
    pub fn object(&self, request: &Request) -> Result<&str, AmpError> {
        let data = self.need_data(request)?;
        if data.starts_with('{') {
            Ok(data)
        } else {
            Err(self.malformed("its `data` is no object", request))
        }
    }

    /// What stands at `$.data`, where the answer makes no sense without.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if it is absent or null.
    pub fn need_data(&self, request: &Request) -> Result<&str, AmpError> {
        self.data()
            .ok_or_else(|| self.malformed("it has no `data`", request))
    }

    /// The elements of the list at `$.data`.
    ///
    /// # Errors
    ///
    /// [`super::error::Cause::Malformed`] if there is no list.
    pub fn items(&self, request: &Request) -> Result<Vec<&str>, AmpError> {
        let data = self.need_data(request)?;
        json::elements(data).ok_or_else(|| self.malformed("its `data` is no list", request))
    }

    /// An error about this answer.
    pub fn malformed(&self, what: &str, request: &Request) -> AmpError {
        let response = Response {
            status: self.status,
            ..Response::default()
        };
        AmpError {
            request_id: self.request_id.clone(),
            ..AmpError::malformed(what.to_owned(), &response, request)
        }
    }
}

/// Checks a response: a success with a sound envelope becomes an answer, all else an error. `now` is in seconds since 1970.
///
/// # Errors
///
/// What the status says, or what is wrong with the body.
pub fn check(response: Response, request: &Request, now: i64) -> Result<Answer, AmpError> {
    if !(200..300).contains(&response.status) {
        let said = said(&response.body);
        return Err(AmpError::from_response(&response, said, request, now));
    }
    let body = response.body.trim_ascii();
    if body.is_empty() {
        if request.is_write() {
            return Ok(Answer {
                text: "null".to_owned(),
                status: response.status,
                request_id: response.request_id(),
                total: None,
                date: None,
                has_next: false,
            });
        }
        return Err(AmpError::malformed(
            "it is empty".to_owned(),
            &response,
            request,
        ));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return Err(AmpError::malformed(
            "it is not UTF-8".to_owned(),
            &response,
            request,
        ));
    };
    if json::depth(body) > MAX_DEPTH {
        return Err(AmpError::malformed(
            format!("it is nested more than {MAX_DEPTH} deep"),
            &response,
            request,
        ));
    }
    if let Err(error) = json::check(text) {
        return Err(AmpError::malformed(
            why_not_json(text, &error),
            &response,
            request,
        ));
    }
    if !text.starts_with('{') {
        return Err(AmpError::malformed(
            "it is no JSON object".to_owned(),
            &response,
            request,
        ));
    }
    let metadata: Value = json::member(text, "metadata").map(view).unwrap_or_default();
    let total = field(field(&metadata, "results"), "total").as_u64();
    let has_next = field(field(&metadata, "links"), "next").is_string();
    let request_id = response.request_id();
    let date = response.header("Date").and_then(http_date);
    let text = text.to_owned();
    Ok(Answer {
        text,
        status: response.status,
        request_id,
        total,
        date,
        has_next,
    })
}

fn why_not_json(text: &str, error: &serde_json::Error) -> String {
    if text.starts_with('<') {
        "it is a web page, not JSON; perhaps this is not the address of the API server".to_owned()
    } else if error.is_eof() {
        "it is cut short".to_owned()
    } else {
        format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        )
    }
}

/// The words of an error body: `errors[].details`, else `errors[].description`, or whatever else services before AMP send. None for
/// web pages and other bodies without words.
fn said(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if json::depth(body) > MAX_DEPTH {
        return None;
    }
    json::check(text).ok()?;
    let words = ["errors", "error"]
        .into_iter()
        .find_map(|name| words(&view(json::member(text, name)?)))?;
    let plain: String = words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(MAX_QUOTE)
        .collect();
    Some(plain.trim().to_owned()).filter(|words| !words.is_empty())
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let all: Vec<String> = values.iter().filter_map(words).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(fields) => ["details", "description", "message"]
            .into_iter()
            .filter_map(|name| words(fields.get(name)?))
            .find(|words| !words.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amp::error::Cause;

    fn read(status: u16, body: &str) -> Result<Answer, AmpError> {
        let response = Response {
            status,
            body: body.as_bytes().to_vec(),
            ..Response::default()
        };
        check(response, &Request::get("computer", &["computers"]), 0)
    }

    fn malformed(body: &str) -> String {
        match read(200, body).unwrap_err().cause {
            Cause::Malformed(what) => what,
            other => panic!("{other:?}"),
        }
    }

    // Lesson 18.
    #[test]
    fn an_id_of_64_bits_stays_exact() {
        let answer = read(
            200,
            r#"{"data": [ {"id":7634860738703523857 , "x":1.10} ]}"#,
        )
        .unwrap();
        let request = Request::get("event", &[]);
        let items: Vec<&str> = answer.items(&request).unwrap();
        assert_eq!(items, [r#"{"id":7634860738703523857 , "x":1.10}"#]);
    }

    #[test]
    fn metadata_of_any_shape_is_no_obstacle() {
        for metadata in [
            "null",
            "[]",
            "7",
            "{}",
            r#"{"links":null,"results":[]}"#,
            r#"{"results":{"total":"7"}}"#,
        ] {
            let answer = read(200, &format!(r#"{{"metadata":{metadata},"data":[]}}"#)).unwrap();
            assert_eq!((answer.total, answer.has_next), (None, false), "{metadata}");
        }
        let answer = read(
            200,
            r#"{"metadata":{"links":{"next":"x"},"results":{"total":7}},"data":[]}"#,
        )
        .unwrap();
        assert_eq!((answer.total, answer.has_next), (Some(7), true));
    }

    #[test]
    fn what_is_no_answer_of_amp_is_called_by_its_name() {
        assert_eq!(malformed(""), "it is empty");
        assert_eq!(
            malformed("<html>Sign in</html>"),
            "it is a web page, not JSON; perhaps this is not the address of the API server"
        );
        assert_eq!(malformed(r#"{"data":[{"hostname":"FIN"#), "it is cut short");
        assert_eq!(
            malformed("{'data':[]}"),
            "it is not JSON (line 1, column 2)"
        );
        assert_eq!(malformed("[[],null]"), "it is no JSON object");
        assert_eq!(
            malformed(&format!(
                "{{\"data\":{}{}}}",
                "[".repeat(80),
                "]".repeat(80)
            )),
            "it is nested more than 64 deep"
        );
    }

    #[test]
    fn brackets_within_texts_are_no_nesting() {
        assert!(
            read(
                200,
                &format!(r#"{{"data":["{}\"{}"]}}"#, "[".repeat(500), "{".repeat(500))
            )
            .is_ok()
        );
    }

    #[test]
    fn every_known_error_body_gives_its_words() {
        for (body, words) in [
            (
                r#"{"version":null,"data":{},"errors":[{"error_code":401,"description":"Unauthorized","details":["Unknown API key or Client ID"]}]}"#,
                Some("Unknown API key or Client ID"),
            ),
            (
                r#"{"errors":[{"error_code":403,"description":"Forbidden","details":[]}]}"#,
                Some("Forbidden"),
            ),
            (
                r#"{"errors":[{"details":["one","two"]},{"description":"three"}]}"#,
                Some("one; two; three"),
            ),
            (r#"{"errors":"not an array"}"#, Some("not an array")),
            (
                r#"{"error":{"message":"from a gateway"}}"#,
                Some("from a gateway"),
            ),
            (r#"{"errors":[{"details":[7]}]}"#, None),
            ("<html><h1>502 Bad Gateway</h1></html>", None),
            ("", None),
            (
                "{\"errors\":[{\"details\":[\"two\\nlines\"]}]}",
                Some("two lines"),
            ),
        ] {
            assert_eq!(
                read(502, body).unwrap_err().said.as_deref(),
                words,
                "{body}"
            );
        }
    }

    #[test]
    fn a_success_without_a_body_is_enough_for_a_write_alone() {
        let response = || Response {
            status: 204,
            ..Response::default()
        };
        let write = Request::new(crate::http::Method::Delete, "file", &[]);
        assert_eq!(check(response(), &write, 0).unwrap().text, "null");
        assert!(check(response(), &Request::get("file", &[]), 0).is_err());
    }
}
