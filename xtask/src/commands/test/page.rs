//! Pages of the documentation with tables that tests make.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

/// Whether what is expected is to be written anew.
pub fn bless() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1")
}

/// A page with tables.
pub struct Page {
    path: PathBuf,
    /// What writes them, as a user types it behind `cargo xtask`.
    command: &'static str,
}

impl Page {
    pub fn new(path: PathBuf, command: &'static str) -> Page {
        Page { path, command }
    }

    /// Fails unless the page has the table below the mark `name`; with `UPDATE_EXPECT=1` writes it there.
    pub fn check(&self, name: &str, table: &str) -> Result<()> {
        let path = self.path.display();
        let text = std::fs::read_to_string(&self.path).with_context(|| format!("{path}"))?;
        let new = with_table(&text, name, table).with_context(|| format!("{path}"))?;
        if new == text {
            return Ok(());
        }
        ensure!(
            bless(),
            "{path} has another table of {name} than this:\n\n{table}\n\
             `UPDATE_EXPECT=1 cargo xtask {}` writes it",
            self.command
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

    #[test]
    fn a_table_is_replaced_between_its_marks() {
        let page = "a\n<!-- x -->\nold\n<!-- end -->\nb\n<!-- y -->\n<!-- end -->\n";
        let new = with_table(page, "x", "new\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert!(with_table(page, "z", "").is_err());
    }
}
