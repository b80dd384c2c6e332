//! The simulated cloud on loopback HTTP, in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::program::{self, CLIENT, KEY};

/// `host-test simulate`, running; it is ended with the test.
pub struct Simulate {
    pub child: Child,
    pub url: String,
}

impl Simulate {
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = program::command(&["simulate", "--client-id", CLIENT, "--api-key", KEY]);
        let mut child = command
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut first)
            .unwrap();
        let url = first
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("the first line is {first:?}"))
            .to_owned();
        Self { child, url }
    }

    pub fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// What a request written by hand is answered with, up to the end of the connection.
    pub fn raw(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.authority())?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nhost: x\r\n\r\n").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    pub fn counts(&self) -> Value {
        let answer = String::from_utf8(self.raw("/_simulator/counts").unwrap()).unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

impl Drop for Simulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
