//! Progress of what is made of many steps alike: how many are done, and how long the others will take.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::Report;

/// Fewer than these are not worth a row.
const MANY: usize = 100;

/// What takes less comes from the cache.
const CACHED: Duration = Duration::from_millis(50);

/// What takes less altogether needs no estimate.
const LONG: Duration = Duration::from_secs(10);

/// Counts the steps below one that needs them all.
pub struct Pieces<'a> {
    report: &'a Report,
    label: String,
    total: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    /// Of those, what did not come from the cache, since when.
    made: usize,
    begun: Option<Instant>,
    row: Option<ProgressBar>,
}

impl<'a> Pieces<'a> {
    pub fn new(report: &'a Report, label: &str, total: usize) -> Pieces<'a> {
        Pieces { report, label: label.to_owned(), total, state: Mutex::default() }
    }

    /// Runs the work of one step.
    pub fn count<T>(&self, step: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = step();
        if self.total >= MANY {
            self.done(begun);
        }
        result
    }

    fn done(&self, begun: Instant) {
        let mut state = self.state.lock().expect("invariant: no panic while it is held");
        state.done += 1;
        if begun.elapsed() >= CACHED {
            state.made += 1;
            state.begun.get_or_insert(begun);
        }
        let Some(since) = state.begun.filter(|begun| begun.elapsed() >= LONG) else { return };
        let (done, total) = (state.done, self.total);
        let left = since.elapsed().div_f64(state.made as f64).mul_f64((total - done) as f64);
        let text = format!("{} {done}/{total}, {}", self.label, shown(left));
        match self.report.row() {
            Some(new) => state.row.get_or_insert_with(new).set_message(text),
            None if done < total && done.is_multiple_of(total.div_ceil(10)) => {
                self.report.note(&format!("{:>10} {text}", "so far"));
            }
            None => {}
        }
    }
}

impl Drop for Pieces<'_> {
    fn drop(&mut self) {
        if let Some(row) = self.state.get_mut().ok().and_then(|state| state.row.take()) {
            row.finish_and_clear();
        }
    }
}

fn shown(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..=99 => format!("about {seconds} s left"),
        seconds => format!("about {} min left", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_seconds_or_minutes() {
        assert_eq!(shown(Duration::from_secs(7)), "about 7 s left");
        assert_eq!(shown(Duration::from_secs(601)), "about 11 min left");
    }

    #[test]
    fn what_comes_from_the_cache_is_counted_and_takes_no_time() {
        let report = Report::silent();
        let pieces = Pieces::new(&report, "all", MANY);
        (0..3).for_each(|_| pieces.count(|| ()));
        let state = pieces.state.lock().unwrap();
        assert_eq!((state.done, state.made, state.begun), (3, 0, None));
    }
}
