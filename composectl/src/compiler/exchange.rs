//! Bytes to a child and back, until a deadline.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use composectl_plan::Deadline;

/// How the child ended.
pub enum Ended {
    /// It was killed at the deadline.
    Killed,
    /// By itself, after this output on stdout and stderr.
    Answered { answer: Vec<u8>, status: io::Result<ExitStatus> },
}

/// How much one read or write moves at most; pipes are made as large, where that is allowed.
const CHUNK: usize = 1 << 20;

/// Runs `command` with `input` as its stdin.
pub fn run(command: &mut Command, input: &[u8], deadline: Deadline) -> io::Result<Ended> {
    let (child_input, to_child) = io::pipe()?;
    let (from_child, child_output) = io::pipe()?;
    for pipe in [to_child.as_raw_fd(), from_child.as_raw_fd()] {
        // SAFETY: numbers only. A pipe that stays smaller does as well.
        unsafe { libc::fcntl(pipe, libc::F_SETPIPE_SZ, CHUNK) };
    }
    // Of this end alone: a write must not wait for the child.
    // SAFETY: numbers only.
    if unsafe { libc::fcntl(to_child.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } < 0 {
        return Err(io::Error::last_os_error());
    }
    command.stdin(child_input).stderr(child_output.try_clone()?).stdout(child_output);
    let mut child = command.spawn()?;
    // The child alone holds its ends now, so that its end is seen.
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    match exchange(to_child, from_child, input, deadline) {
        Ok(Some(answer)) => Ok(Ended::Answered { answer, status: child.wait() }),
        Ok(None) => {
            end(&mut child);
            Ok(Ended::Killed)
        }
        Err(error) => {
            end(&mut child);
            Err(error)
        }
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The whole output; nothing if the deadline came first.
fn exchange(
    to_child: PipeWriter,
    mut from_child: PipeReader,
    mut input: &[u8],
    deadline: Deadline,
) -> io::Result<Option<Vec<u8>>> {
    let mut to_child = Some(to_child);
    let mut output = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if input.is_empty() {
            to_child = None;
        }
        let Some(ready) = wait(&from_child, to_child.as_ref(), deadline)? else { return Ok(None) };
        if ready.to_write
            && let Some(pipe) = &mut to_child
        {
            match pipe.write(&input[..input.len().min(CHUNK)]) {
                Ok(count) => input = &input[count..],
                // It ended without having read all; its output says why.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => input = &[],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        if ready.to_read {
            match from_child.read(&mut chunk)? {
                0 => return Ok(Some(output)),
                count => output.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

struct Ready {
    to_read: bool,
    to_write: bool,
}

/// Waits until one of the pipes is ready; nothing if the deadline came first.
fn wait(
    from_child: &PipeReader,
    to_child: Option<&PipeWriter>,
    deadline: Deadline,
) -> io::Result<Option<Ready>> {
    let mut pipes = [
        libc::pollfd { fd: from_child.as_raw_fd(), events: libc::POLLIN, revents: 0 },
        // A negative number is not looked at.
        libc::pollfd {
            fd: to_child.map_or(-1, AsRawFd::as_raw_fd),
            events: libc::POLLOUT,
            revents: 0,
        },
    ];
    loop {
        let left = deadline.left();
        // SAFETY: two valid structures, and their number.
        let count = unsafe { libc::poll(pipes.as_mut_ptr(), 2, milliseconds(left)) };
        if count > 0 {
            let [from_child, to_child] = pipes.map(|pipe| pipe.revents != 0);
            return Ok(Some(Ready { to_read: from_child, to_write: to_child }));
        }
        let error = io::Error::last_os_error();
        if count < 0 && error.kind() != ErrorKind::Interrupted {
            return Err(error);
        }
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(None);
        }
    }
}

/// Rounded up, so that nothing is waited for again and again in the last millisecond; -1: however long it takes.
fn milliseconds(left: Option<Duration>) -> i32 {
    left.map_or(-1, |left| i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn much_goes_both_ways_at_once() {
        let input = vec![b'x'; 5 << 20];
        let Ended::Answered { answer, status } =
            run(&mut shell("cat"), &input, Deadline::NEVER).expect("starts")
        else {
            panic!("killed")
        };
        assert!(answer == input && status.expect("ended").success());
    }

    #[test]
    fn a_child_that_does_not_read_or_answer_is_killed_at_the_deadline() {
        let input = vec![b'x'; 5 << 20];
        let deadline = Deadline::after(Duration::from_millis(200));
        let ended = run(&mut shell("exec sleep 60"), &input, deadline).expect("starts");
        assert!(matches!(ended, Ended::Killed));
    }

    #[test]
    fn a_child_that_ends_early_is_no_error() {
        let input = vec![b'x'; 5 << 20];
        let Ended::Answered { answer, status } =
            run(&mut shell("echo gone >&2; exit 3"), &input, Deadline::NEVER).expect("starts")
        else {
            panic!("killed")
        };
        assert_eq!((answer.as_slice(), status.expect("ended").code()), (&b"gone\n"[..], Some(3)));
    }
}
