//! The tables of the audit.

use anyhow::{Context as _, Result, ensure};

use super::{Attempt, Bound, Grant};

/// A row an attempt, a column a kind of grant. An error if anything is reached that was not granted, or not reached
/// that was.
pub fn of_grants(found: &[(&'static Grant, Vec<Attempt>)]) -> Result<String> {
    let (_, rows) = found.first().context("no grants")?;
    let mut wrong = Vec::new();
    let mut table = "| | attempt |".to_owned();
    for (grant, attempts) in found {
        table += &format!(" {} |", grant.title);
        ensure!(attempts.len() == rows.len(), "{}: not all was tried", grant.title);
        for attempt in attempts {
            let given = attempt.given_by.iter().any(|name| name == grant.name);
            if given != attempt.succeeded() {
                let how = if given { "fails although it was granted" } else { "succeeds" };
                wrong
                    .push(format!("{}: {} {how}: {}", grant.title, attempt.title, attempt.outcome));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    table += &format!("\n|{}\n", "---|".repeat(found.len() + 2));
    let mut subject = "";
    for (index, row) in rows.iter().enumerate() {
        let heading = if row.subject == subject { "" } else { &row.subject };
        subject = &row.subject;
        table += &format!("| {heading} | {} |", row.title);
        for (_, attempts) in found {
            let outcome = &attempts[index].outcome;
            let shown = if attempts[index].succeeded() { "**yes**" } else { outcome };
            table += &format!(" {shown} |");
        }
        table.push('\n');
    }
    Ok(table)
}

/// A row an attempt to go on. An error if one ends otherwise than it should.
pub fn of_bounds(found: &[(&'static Bound, String)]) -> Result<String> {
    let mut table = "| bound | attempt | what comes of it |\n|---|---|---|\n".to_owned();
    for (bound, outcome) in found {
        let flags = bound.flags.join(" ");
        let expected = bound.ends.told();
        ensure!(outcome == expected, "{flags}: {}: {outcome}, not {expected}", bound.title);
        table += &format!("| `{flags}` | {} | {outcome} |\n", bound.title);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::test::audit::GRANTS;

    fn attempt(given_by: &[&str], outcome: &str) -> Attempt {
        Attempt {
            subject: "files".to_owned(),
            title: "read".to_owned(),
            given_by: given_by.iter().map(ToString::to_string).collect(),
            outcome: outcome.to_owned(),
        }
    }

    #[test]
    fn what_is_reached_without_a_grant_or_not_with_one_fails() {
        let of = |given_by, outcome| of_grants(&[(&GRANTS[1], vec![attempt(given_by, outcome)])]);
        assert!(of(&["dir"], "yes").unwrap().contains("| files | read | **yes** |"));
        assert!(of(&["ro"], "ENOENT").unwrap().contains("| ENOENT |"));
        assert!(of(&["ro"], "yes").unwrap_err().to_string().contains("read succeeds"));
        assert!(of(&["dir"], "ENOENT").unwrap_err().to_string().contains("although"));
    }
}
