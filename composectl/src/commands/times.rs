//! Times and durations as flags write them.

use std::time::Duration;

use composectl_plan::Instant;

/// Reads a date, a time, or a duration from now on.
pub fn parse_expiry(text: &str) -> Result<Instant, String> {
    if let Ok(duration) = parse_age(text) {
        return Ok(Instant::now().after(duration));
    }
    let is_date =
        text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let full = if is_date { format!("{text}T00:00:00Z") } else { text.to_owned() };
    Instant::parse(&full).map_err(|_| {
        format!("`{text}` is no time; expected 2027-01-31, 2027-01-31T00:00:00Z, 90d or 12h")
    })
}

/// Reads a duration in whole seconds: `90d`, `12h`, `30m`, `0s`.
pub fn parse_age(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; expected for example 90d, 12h, 30m or 0s");
    let seconds = match text.char_indices().next_back() {
        Some((at, 'd')) => (&text[..at], 24 * 3600),
        Some((at, 'h')) => (&text[..at], 3600),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 's')) => (&text[..at], 1),
        _ => return Err(wrong()),
    };
    let (number, factor) = seconds;
    let number = number.parse::<u32>().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number) * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_are_read() {
        assert_eq!(parse_expiry("2027-01-31"), Instant::parse("2027-01-31T00:00:00Z"));
        assert_eq!(
            parse_expiry("2027-01-31T12:00:00+02:00"),
            Instant::parse("2027-01-31T10:00:00Z")
        );
        assert_eq!(parse_age("90d"), Ok(Duration::from_secs(90 * 24 * 3600)));
        assert_eq!(parse_age("0s"), Ok(Duration::ZERO));
        for text in ["", "d", "90", "1.5h", "-1d", "2027-13-01", "soon", "\u{e9}"] {
            assert!(parse_expiry(text).is_err(), "{text}");
        }
    }
}
