//! The `error` record of `compose:dynlink`, as it crosses to guests.

use std::fmt;

use composectl_plan::{Code, Error};
use wasmtime::component::{ComponentType, Lift, Lower};

/// `record error { code: string, message: string, context: option<string> }`. A provider's own record is passed
/// on as it came, so the code is text: it may be any.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct LinkError {
    pub code: String,
    pub message: String,
    pub context: Option<String>,
}

impl LinkError {
    /// An error of the host's.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self { code: code.as_str().to_owned(), message: message.to_string(), context: None }
    }

    /// The same error with what to do about it, or where it was found.
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.context = Some(context.to_string());
        self
    }

    /// Whether this is an error of the host's with `code`.
    pub fn is(&self, code: Code) -> bool {
        self.code == code.as_str()
    }
}

impl From<Error> for LinkError {
    fn from(error: Error) -> Self {
        Self {
            code: error.code.as_str().to_owned(),
            message: error.message,
            context: error.context,
        }
    }
}

/// Faults of composectl itself while it serves a guest, for example an engine that cannot be set up.
impl From<crate::exit::Failure> for LinkError {
    fn from(failure: crate::exit::Failure) -> Self {
        Self {
            code: Code::InternalError.as_str().to_owned(),
            message: failure.message,
            context: failure.hint,
        }
    }
}
