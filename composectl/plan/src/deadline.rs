//! The time that whoever asks for something still has.

use std::fmt::Display;
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};

/// A point in time by which something has to be done, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// There is time without end.
    pub const NEVER: Self = Self(None);

    /// When `time` has passed from now on.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// The sooner of the two.
    pub fn or_sooner(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        })
    }

    /// How long it is until then, zero when it is over; nothing if there is no end.
    pub fn left(self) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// `exec-timeout` if the time is over; `what` took it.
    pub fn check(self, what: impl Display) -> Result<()> {
        if self.left().is_some_and(|left| left.is_zero()) {
            return Err(Self::missed(what));
        }
        Ok(())
    }

    /// The error when `what` took all the time.
    pub fn missed(what: impl Display) -> Error {
        Error::new(
            Code::ExecTimeout,
            format_args!("{what} takes longer than there is time for (time_ms, or the caller's)"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sooner_deadline_counts_and_none_is_never_over() {
        let (soon, late) = (Deadline::after(Duration::ZERO), Deadline::after(Duration::MAX));
        assert_eq!(late, Deadline::NEVER, "beyond what clocks can say");
        assert_eq!(soon.or_sooner(late), soon);
        assert_eq!(late.or_sooner(soon), soon);
        assert_eq!(soon.check("it").expect_err("over").code, Code::ExecTimeout);
        assert_eq!(Deadline::NEVER.left(), None);
        Deadline::NEVER.check("it").expect("never over");
    }
}
