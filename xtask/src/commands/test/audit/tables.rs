//! The tables of the audit, and the page that has them.

use std::path::PathBuf;

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

/// The page with the tables.
pub struct Page {
    path: PathBuf,
}

impl Page {
    pub fn new(path: PathBuf) -> Page {
        Page { path }
    }

    /// Fails unless the page has the table below the mark `name`; with `UPDATE_EXPECT=1` writes it there.
    pub fn check(&self, name: &str, table: &str) -> Result<()> {
        let path = self.path.display();
        let text = std::fs::read_to_string(&self.path).with_context(|| format!("{path}"))?;
        let new = with_table(&text, name, table).with_context(|| format!("{path}"))?;
        if new == text {
            return Ok(());
        }
        let bless = std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1");
        ensure!(
            bless,
            "{path} has another table of {name} than this:\n\n{table}\n\
             `UPDATE_EXPECT=1 cargo xtask test --audit` writes it"
        );
        std::fs::write(&self.path, new).with_context(|| format!("{path}"))
    }
}

/// The text with the table between the marks `<!-- name -->` and `<!-- end -->`.
fn with_table(text: &str, name: &str, table: &str) -> Result<String> {
    let mark = format!("<!-- {name} -->\n");
    let (before, rest) = text.split_once(&mark).with_context(|| format!("it lacks {mark}"))?;
    let (_, after) = rest.split_once("<!-- end -->").context("it lacks <!-- end -->")?;
    Ok(format!("{before}{mark}{table}<!-- end -->{after}"))
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

    #[test]
    fn a_table_is_replaced_between_its_marks() {
        let page = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\n<!-- end -->\n";
        let new = with_table(page, "x", "new\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert!(with_table(page, "z", "").is_err());
    }
}
