//! One reporter for all work: a bar with the running steps below it on a terminal, a plain line a step
//! elsewhere. Everything goes to standard error; data goes to standard output.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::say;

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    #[default]
    Normal,
    /// Also what came from the cache.
    Verbose,
    /// Also the logs of steps that went well.
    Debug,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// Where standard error is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// The decision for standard error.
    pub fn enabled(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

struct Bars {
    multi: MultiProgress,
    total: ProgressBar,
    running: Mutex<BTreeMap<usize, ProgressBar>>,
}

struct Inner {
    verbosity: Verbosity,
    color: bool,
    bars: Option<Bars>,
    begun: AtomicUsize,
    done: AtomicUsize,
}

#[derive(Clone)]
pub struct Report(Arc<Inner>);

impl Report {
    /// A reporter for this process; with bars where standard error is a terminal.
    pub fn new(verbosity: Verbosity, color: Color) -> Report {
        let color = color.enabled();
        let terminal = std::io::stderr().is_terminal() && verbosity != Verbosity::Quiet;
        let bars = terminal.then(|| {
            let multi = MultiProgress::new();
            let total = multi.add(ProgressBar::new(0));
            total.set_style(style(color, "{bar:24.cyan/dim} {pos}/{len} steps  {elapsed}"));
            Bars { multi, total, running: Mutex::default() }
        });
        let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Report(Arc::new(Inner { verbosity, color, bars, begun, done }))
    }

    /// A reporter that says nothing, for tests.
    #[cfg(test)]
    pub fn silent() -> Report {
        let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Report(Arc::new(Inner {
            verbosity: Verbosity::Quiet,
            color: false,
            bars: None,
            begun,
            done,
        }))
    }

    /// A line that the user should see.
    pub fn note(&self, text: &str) {
        if self.0.verbosity >= Verbosity::Normal {
            self.line(text);
        }
    }

    fn line(&self, text: &str) {
        match &self.0.bars {
            Some(bars) => bars.multi.suspend(|| say(text)),
            None => say(text),
        }
    }

    pub(super) fn cached(&self, kind: &str, label: &str) {
        if self.0.verbosity >= Verbosity::Verbose {
            self.line(&format!("{kind:>10} {label} (cached)"));
        }
    }

    pub(super) fn start(&self, kind: &'static str, label: &str) -> Running {
        let number = self.0.begun.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bars) = &self.0.bars {
            let bar = bars.multi.add(ProgressBar::new_spinner());
            bar.set_style(style(self.0.color, "{prefix:>10.green} {wide_msg} {elapsed}"));
            bar.set_prefix(kind);
            bar.set_message(label.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bars.total.set_length(number as u64);
            bars.total.tick();
            if let Ok(mut running) = bars.running.lock() {
                running.insert(number, bar);
            }
        }
        Running { report: self.clone(), number, kind, label: label.to_owned() }
    }

    /// A bar for bytes that arrive; shown below the running steps. `total` in bytes.
    pub fn download(&self, total: u64) -> ProgressBar {
        let Some(bars) = &self.0.bars else {
            return ProgressBar::hidden();
        };
        let bar = bars.multi.add(ProgressBar::new(total));
        bar.set_style(style(self.0.color, "           {bar:24.cyan/dim} {bytes}/{total_bytes}"));
        bar
    }

    /// What makes a row for progress, where rows are shown.
    pub(super) fn row(&self) -> Option<impl FnOnce() -> ProgressBar> {
        let bars = self.0.bars.as_ref()?;
        Some(|| {
            let row = bars.multi.add(ProgressBar::new_spinner());
            row.set_style(style(self.0.color, "           {wide_msg} {elapsed}"));
            row.enable_steady_tick(Duration::from_millis(200));
            row
        })
    }

    pub(super) fn finish(&self) {
        if let Some(bars) = &self.0.bars {
            bars.total.finish_and_clear();
        }
    }
}

pub(super) struct Running {
    report: Report,
    number: usize,
    kind: &'static str,
    label: String,
}

impl Running {
    /// `done` of `total` pieces: in its row, or a line at each quarter where there are no rows.
    pub(super) fn progress(&self, done: usize, total: usize) {
        let text = format!("{} {done}/{total}", self.label);
        match &self.report.0.bars {
            Some(bars) => {
                let rows = bars.running.lock().ok();
                if let Some(bar) = rows.as_ref().and_then(|rows| rows.get(&self.number)) {
                    bar.set_message(text);
                }
            }
            None if total >= 100 && done < total && done.is_multiple_of(total.div_ceil(4)) => {
                self.report.note(&format!("{:>10} {text}", self.kind));
            }
            None => {}
        }
    }

    pub(super) fn finished(self, seconds: f64, log: &str) {
        self.end();
        let Running { report, kind, label, .. } = &self;
        if report.0.verbosity >= Verbosity::Normal {
            report.line(&format!("{kind:>10} {label} ({seconds:.1} s)"));
        }
        if report.0.verbosity >= Verbosity::Debug {
            report.line(log.trim_end());
        }
    }

    pub(super) fn failed(self) {
        self.end();
    }

    fn end(&self) {
        let done = self.report.0.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bars) = &self.report.0.bars {
            if let Some(bar) =
                bars.running.lock().ok().and_then(|mut rows| rows.remove(&self.number))
            {
                bar.finish_and_clear();
            }
            bars.total.set_position(done as u64);
        }
    }
}

fn style(color: bool, template: &str) -> ProgressStyle {
    let plain = template.replace(".cyan/dim", "").replace(".green", "");
    let template = if color { template } else { &plain };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
