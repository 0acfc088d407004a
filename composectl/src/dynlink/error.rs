//! The `error` record of `compose:dynlink`, as it crosses to guests.

use std::fmt;

use composectl_plan::{Code, Error};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::shown;

/// `record error { code: string, message: string, context: option<string> }`. A provider's own record is passed
/// on as it came, so the code is text: it may be any.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct LinkError {
    pub code: String,
    pub message: String,
    pub context: Option<String>,
}

/// What one side asks the other for in the middle of a call.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Question {
    pub method: String,
    pub payload: Vec<u8>,
}

/// How far a call, or a question, has come.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Outcome {
    /// It is over; this came of it.
    #[component(name = "done")]
    Done(Vec<u8>),
    /// The other side wants this answered first.
    #[component(name = "call")]
    Call(Question),
}

/// What one side gets when it is its turn.
pub type Step = Result<Outcome, LinkError>;

impl LinkError {
    /// An error of the host's. What it quotes is foreign to the guest, which will print it.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        let message = shown::line(&message.to_string()).into_owned();
        Self { code: code.as_str().to_owned(), message, context: None }
    }

    /// The same error with what to do about it, or where it was found.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.context = Some(shown::line(&context.to_string()).into_owned());
        self
    }

    /// How many bytes its texts have.
    pub fn length(&self) -> usize {
        self.code.len() + self.message.len() + self.context.as_ref().map_or(0, String::len)
    }

    /// Whether this is an error of the host's with `code`.
    pub fn is(&self, code: Code) -> bool {
        self.code == code.as_str()
    }
}

impl From<Error> for LinkError {
    fn from(error: Error) -> Self {
        of_host(error.code, &error.message, error.context)
    }
}

/// Faults of composectl itself while it serves a guest, for example an engine that cannot be set up.
impl From<crate::exit::Failure> for LinkError {
    fn from(failure: crate::exit::Failure) -> Self {
        of_host(Code::InternalError, &failure.message, failure.hint)
    }
}

fn of_host(code: Code, message: &str, context: Option<String>) -> LinkError {
    let error = LinkError::new(code, message);
    match context {
        Some(context) => error.with_context(context),
        None => error,
    }
}
