//! Points in time, in whole seconds, as plans, keys and signatures write them: RFC 3339.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// Now. A clock that stands before 1970 counts as 1970.
    pub fn now() -> Self {
        Self::of(SystemTime::now())
    }

    /// A time of the system's clock.
    pub fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// Reads an RFC 3339 date and time with its offset, for example `2027-01-31T00:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, String> {
        OffsetDateTime::parse(text, &Rfc3339).map(|time| Self(time.unix_timestamp())).map_err(
            |_| format!("`{text}` is no time; one is written 2027-01-31T00:00:00Z (RFC 3339)"),
        )
    }

    /// The time `duration` later.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok());
        match text {
            Some(text) => formatter.write_str(&text),
            None => write!(formatter, "{} s after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back() {
        let text = "2027-01-31T12:30:00Z";
        let instant = Instant::parse(text).expect("a time");
        assert_eq!(instant, Instant(1_801_398_600));
        assert_eq!(instant.to_string(), text);
        assert_eq!(Instant::parse("2027-01-31T13:30:00+01:00"), Ok(instant));
        assert_eq!(instant.after(Duration::from_secs(60)).to_string(), "2027-01-31T12:31:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2027", "2027-02-30T00:00:00Z", "2027-01-31T00:00:00", "tomorrow"] {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
    }
}
