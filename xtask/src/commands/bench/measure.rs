//! Measuring on a machine that does other things, too: both sides take turns, and the best run of each counts.
//! What disturbs a run only ever makes it slower, and what slows the machine down slows down both.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

/// Runs of one side, in seconds.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub wall: Vec<f64>,
    /// Processor time (user and system) of a run, on the average; `None` where it was not measured.
    pub cpu: Option<f64>,
}

impl Sample {
    /// Adds a run with its processor time; for samples in which every run has one.
    pub fn push(&mut self, run: Timed) {
        let runs = self.wall.len() as f64;
        self.wall.push(run.wall);
        self.cpu = Some((self.cpu.unwrap_or(0.0) * runs + run.cpu) / (runs + 1.0));
    }

    /// The shortest run. There is at least one in every sample that is made here.
    pub fn best(&self) -> f64 {
        self.wall.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn median(&self) -> f64 {
        let mut sorted = self.wall.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::INFINITY,
            count if count % 2 == 1 => sorted[count / 2],
            count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
        }
    }
}

/// What one run took, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    pub wall: f64,
    /// User and system.
    pub cpu: f64,
}

impl std::ops::Add for Timed {
    type Output = Timed;

    /// One run behind the other.
    fn add(self, other: Timed) -> Timed {
        Timed { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

/// [`run`], timed.
pub fn timed(command: &mut Command) -> Result<(Timed, String)> {
    let before = children_cpu()?;
    let begun = Instant::now();
    let said = run(command)?;
    let wall = begun.elapsed().as_secs_f64();
    Ok((Timed { wall, cpu: children_cpu()? - before }, said))
}

/// One side of a comparison: makes the command to be timed.
pub type Side<'a> = &'a dyn Fn() -> Command;

/// Times whole processes, the sides in turns: `rounds` times `block` runs of each.
pub fn interleaved<const N: usize>(
    rounds: usize,
    block: usize,
    sides: [Side; N],
) -> Result<[Sample; N]> {
    let mut samples = [const { Sample { wall: Vec::new(), cpu: None } }; N];
    for side in sides {
        // The first run of a program is about the disk.
        run(&mut side())?;
    }
    for _ in 0..rounds {
        for (side, sample) in sides.iter().zip(&mut samples) {
            let before = children_cpu()?;
            for _ in 0..block {
                let mut command = side();
                let begun = Instant::now();
                run(&mut command)?;
                sample.wall.push(begun.elapsed().as_secs_f64());
            }
            *sample.cpu.get_or_insert(0.0) += children_cpu()? - before;
        }
    }
    for sample in &mut samples {
        sample.cpu = sample.cpu.map(|cpu| cpu / sample.wall.len() as f64);
    }
    Ok(samples)
}

/// Runs a program; fails, with what it printed, unless it ends with 0. Returns its standard output.
pub fn run(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null());
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{name} {} ended with {}\n{}", args.join(" "), output.status, said.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Processor seconds of all children that have ended: `cutime` and `cstime` of proc(5), in hundredths
/// (`USER_HZ`, the same on all of Linux's ports but two old ones).
fn children_cpu() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    // The second field, the program's name, is the only one that may have spaces; a parenthesis ends it.
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<u64> = after_name
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|word| word.parse().ok())
        .collect();
    ensure!(ticks.len() == 2, "/proc/self/stat has another form than proc(5) says");
    Ok(ticks.iter().sum::<u64>() as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_best_and_the_median_are_of_the_runs() {
        let sample = Sample { wall: vec![3.0, 1.0, 2.0, 10.0], cpu: None };
        assert_eq!((sample.best(), sample.median()), (1.0, 2.5));
    }

    #[test]
    fn sides_take_turns() {
        let order = std::cell::RefCell::new(String::new());
        let side = |name: char| {
            order.borrow_mut().push(name);
            shell(":")
        };
        let [a, b] = interleaved(2, 2, [&|| side('a'), &|| side('b')]).unwrap();
        assert_eq!(*order.borrow(), "abaabbaabb", "one unmeasured run of each comes first");
        assert_eq!((a.wall.len(), b.wall.len()), (4, 4));
    }

    #[test]
    fn a_program_that_fails_is_no_figure() {
        let error = interleaved(1, 1, [&|| shell("echo broken >&2; exit 3")]).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    #[test]
    fn processor_time_of_children_is_counted() {
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        let [sample] = interleaved(1, 1, [&|| shell(busy)]).unwrap();
        assert!(sample.cpu.unwrap() > 0.0);
    }
}
