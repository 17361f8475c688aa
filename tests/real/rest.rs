//! Flink's REST API on loopback: requests and answers as JSON, errors with what Flink said.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::wait::{PATIENCE, wait_for};

/// A client for one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    agent: Agent,
    base: String,
}

impl Rest {
    pub(crate) fn new(port: u16) -> Self {
        // A proxy of the environment must not come between two processes of one machine.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .proxy(None)
            .build();
        Self {
            agent: config.into(),
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    /// The address that every path is put behind.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// `GET`.
    ///
    /// # Errors
    /// No connection, or a status that is not success, with Flink's words.
    pub(crate) fn try_get(&self, path: &str) -> Result<Value, String> {
        self.send("GET", path, "application/json", Vec::new())
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.try_get(path).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `POST` of a JSON document.
    ///
    /// # Errors
    /// As [`Self::try_get`].
    pub(crate) fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.send(
            "POST",
            path,
            "application/json",
            body.to_string().into_bytes(),
        )
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    #[track_caller]
    pub(crate) fn patch(&self, path: &str) -> Value {
        self.send("PATCH", path, "application/json", Vec::new())
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Uploads a jar and gives back its id.
    #[track_caller]
    pub(crate) fn upload_jar(&self, jar: &Path) -> String {
        const BOUNDARY: &str = "----------------------stateward";
        let bytes = std::fs::read(jar)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", jar.display()));
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"state-job.jar\"\r\n\
             Content-Type: application/x-java-archive\r\n\r\n"
        )
        .into_bytes();
        body.extend(bytes);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let answer = self
            .send(
                "POST",
                "/jars/upload",
                &format!("multipart/form-data; boundary={BOUNDARY}"),
                body,
            )
            .unwrap_or_else(|error| panic!("{error}"));
        let name = text(&answer, "/filename");
        name.rsplit('/').next().unwrap_or(name).to_owned()
    }

    /// Sends the request of an asynchronous operation and waits for its end.
    ///
    /// # Errors
    /// The cause of the failure, as Flink told it.
    pub(crate) fn operation(
        &self,
        path: &str,
        body: &Value,
        status: &str,
    ) -> Result<Value, String> {
        let answer = self.try_post(path, body)?;
        let request = text(&answer, "/request-id").to_owned();
        let done = wait_for(&format!("the end of {path} {body}"), PATIENCE, || {
            let answer = self.get(&format!("{status}/{request}"));
            (text(&answer, "/status/id") == "COMPLETED").then_some(answer)
        });
        match done.pointer("/operation/failure-cause") {
            Some(cause) => Err(format!(
                "{path} {body} failed: {}",
                causes(&json!({ "stack-trace": cause["stack-trace"] }))
            )),
            None => Ok(done["operation"].clone()),
        }
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, String> {
        let url = format!("{}{path}", self.base);
        let fail = |error: &dyn std::fmt::Display| format!("{method} {path}: {error}");
        let request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("Content-Type", content_type);
        let request = request.body(body).map_err(|error| fail(&error))?;
        let mut response: Response<ureq::Body> = if method == "GET" {
            self.agent
                .get(url.as_str())
                .call()
                .map_err(|error| fail(&error))?
        } else {
            self.agent.run(request).map_err(|error| fail(&error))?
        };
        let text = response
            .body_mut()
            .read_to_string()
            .map_err(|error| fail(&error))?;
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if response.status().is_success() {
            Ok(answer)
        } else {
            Err(fail(&format!("{}: {}", response.status(), causes(&answer))))
        }
    }
}

/// A text that has to be there.
#[track_caller]
pub(crate) fn text<'a>(answer: &'a Value, pointer: &str) -> &'a str {
    answer
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {answer}"))
}

/// A number that has to be there.
#[track_caller]
pub(crate) fn number(answer: &Value, pointer: &str) -> u64 {
    answer
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("no number at {pointer} in {answer}"))
}

/// What matters in an answer full of Java stack traces: the lines that name an exception.
pub(crate) fn causes(answer: &Value) -> String {
    let text = answer.to_string().replace("\\n", "\n").replace("\\t", "\t");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("\tat ") && !line.starts_with("\t..."))
        .take(30)
        .collect();
    lines.join("\n")
}
