//! Rows of the table: a figure, what it is compared with, what it must reach.

use serde_json::{Value, json};

use super::measure::Sample;

/// How a figure reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    Seconds,
    /// Bytes, shown in units of a million or a thousand.
    Bytes,
}

/// What a row must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Our figure itself.
    AtMost(f64),
    /// Our figure by the reference's.
    Ratio(f64),
    /// Nothing: it is for the reader.
    Told,
}

/// One figure of one side: the best of `sample`, or a size.
#[derive(Clone, Debug)]
pub struct Figure {
    pub value: f64,
    pub sample: Option<Sample>,
}

impl Figure {
    pub fn size(bytes: usize) -> Figure {
        Figure { value: bytes as f64, sample: None }
    }
}

impl From<Sample> for Figure {
    fn from(sample: Sample) -> Figure {
        Figure { value: sample.best(), sample: Some(sample) }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// What FILTER is matched against.
    pub name: String,
    pub what: String,
    pub unit: Unit,
    pub ours: Figure,
    pub reference: Option<Figure>,
    pub target: Target,
    /// What the reference is, and whatever the reader must know beside the figures.
    pub note: String,
}

impl Row {
    pub fn ratio(&self) -> Option<f64> {
        self.reference.as_ref().map(|reference| self.ours.value / reference.value)
    }

    pub fn met(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.ours.value <= most,
            Target::Ratio(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Target::Told => true,
        }
    }

    fn shown(&self, figure: &Figure) -> String {
        match self.unit {
            Unit::Bytes if figure.value < 1e6 => format!("{:.1} KB", figure.value / 1e3),
            Unit::Bytes => format!("{:.2} MB", figure.value / 1e6),
            Unit::Seconds => seconds(figure.value),
        }
    }

    fn cells(&self) -> [String; 7] {
        let target = match self.target {
            Target::Ratio(most) => format!("{most}x"),
            Target::AtMost(most) if self.unit == Unit::Bytes && most < 1e6 => {
                format!("{} KB", most / 1e3)
            }
            Target::AtMost(most) if self.unit == Unit::Bytes => format!("{} MB", most / 1e6),
            Target::AtMost(most) => seconds(most),
            Target::Told => "-".to_owned(),
        };
        [
            self.name.clone(),
            self.what.clone(),
            self.shown(&self.ours),
            self.reference.as_ref().map_or("-".to_owned(), |figure| self.shown(figure)),
            self.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.2}x")),
            target,
            match (self.target, self.met()) {
                (Target::Told, _) => "told".to_owned(),
                (_, true) => "met".to_owned(),
                (_, false) => "NOT MET".to_owned(),
            },
        ]
    }

    pub fn json(&self) -> Value {
        let target = match self.target {
            Target::AtMost(most) => json!({ "at-most": most }),
            Target::Ratio(most) => json!({ "ratio": most }),
            Target::Told => Value::Null,
        };
        json!({
            "name": self.name,
            "what": self.what,
            "unit": match self.unit { Unit::Seconds => "seconds", Unit::Bytes => "bytes" },
            "ours": figure_json(&self.ours),
            "reference": self.reference.as_ref().map(figure_json),
            "ratio": self.ratio(),
            "target": target,
            "met": self.met(),
            "note": self.note,
        })
    }
}

fn figure_json(figure: &Figure) -> Value {
    match &figure.sample {
        None => json!({ "value": figure.value }),
        Some(sample) => json!({
            "value": figure.value,
            "median": sample.median(),
            "cpu": sample.cpu,
            "runs": sample.wall.len(),
        }),
    }
}

/// A duration with three digits or so.
fn seconds(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{:.1} min", value / 60.0),
        value if value >= 1.0 => format!("{value:.2} s"),
        value if value >= 0.1 => format!("{:.0} ms", value * 1e3),
        value if value >= 1e-4 => format!("{:.2} ms", value * 1e3),
        value if value >= 1e-6 => format!("{:.1} us", value * 1e6),
        value => format!("{:.1} ns", value * 1e9),
    }
}

const HEADINGS: [&str; 7] = ["name", "what", "ours", "reference", "ratio", "target", ""];

/// The table for people: aligned columns, then the notes.
pub fn render(rows: &[Row]) -> String {
    let mut cells = vec![HEADINGS.map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let width = |column: usize| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..HEADINGS.len()).map(width).collect();
    let mut text = String::new();
    for row in &cells {
        let line: Vec<_> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                // Figures stand right, words left.
                2..=5 => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            })
            .collect();
        text += line.join("  ").trim_end();
        text.push('\n');
    }
    text.push('\n');
    for row in rows.iter().filter(|row| !row.note.is_empty()) {
        text += &format!("{}: {}\n", row.name, row.note);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64, reference: Option<f64>, target: Target) -> Row {
        let figure = |value: f64| Figure { value, sample: None };
        Row {
            name: "a".into(),
            what: "b".into(),
            unit: Unit::Seconds,
            ours: figure(ours),
            reference: reference.map(figure),
            target,
            note: String::new(),
        }
    }

    #[test]
    fn a_target_is_met_up_to_and_with_its_bound() {
        assert!(row(1.0, None, Target::AtMost(1.0)).met());
        assert!(!row(1.1, None, Target::AtMost(1.0)).met());
        assert!(row(3.0, Some(2.0), Target::Ratio(1.5)).met());
        assert!(!row(3.1, Some(2.0), Target::Ratio(1.5)).met());
        assert!(!row(1.0, None, Target::Ratio(1.5)).met(), "without a reference there is no ratio");
    }

    #[test]
    fn columns_line_up() {
        let rows = [
            row(0.0064, Some(0.0144), Target::Ratio(0.35)),
            row(120.0, None, Target::AtMost(1500.0)),
        ];
        expect_test::expect![[r#"
            name  what     ours  reference  ratio    target
            a     b     6.40 ms   14.40 ms  0.44x     0.35x  NOT MET
            a     b     2.0 min          -      -  25.0 min  met

        "#]]
        .assert_eq(&render(&rows));
    }
}
