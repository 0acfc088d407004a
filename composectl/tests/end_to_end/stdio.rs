use std::io::{Read, Write};
use std::process::Stdio;

use super::{Place, assert_says, code, stderr, stdout};

/// Copies stdin to stdout in pieces.
const CAT: &str = "(local $count i32)
    (block $end (loop $next
      (local.set $count (call $read (i64.const 4096)))
      (br_if $end (i32.eqz (local.get $count)))
      (drop (call $write (global.get $buffer) (local.get $count)))
      (br $next)))
    (i32.const 0)";

/// Writes the letter f without end; exits with 9 when stdout is closed, with 8 when it fails otherwise.
const YES: &str = "(memory.fill (i32.const 1024) (i32.const 102) (i32.const 4096))
    (loop $next
      (br_if $next (i32.eqz (call $write (i32.const 1024) (i32.const 4096)))))
    (call $code (select (i32.const 9) (i32.const 8) (i32.eq (call $write (i32.const 1024) (i32.const 1)) (i32.const 1))))
    (i32.const 0)";

#[test]
fn stdin_reaches_stdout_byte_for_byte() {
    let place = Place::new();
    let guest = place.guest(CAT);
    let mut child = place
        .run_command(&[], &guest, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let input: Vec<u8> =
        (0..1_000_003_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut stdin = child.stdin.take().expect("piped");
    let sent = input.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent));
    let output = child.wait_with_output().expect("ends");
    writer.join().expect("no panic").expect("the guest reads everything");
    assert_eq!(code(&output), 0);
    assert!(output.stdout == input, "{} bytes came out of {}", output.stdout.len(), input.len());
}

#[test]
fn an_empty_stdin_is_the_end_of_input() {
    let place = Place::new();
    let output = place.run(&[], &place.guest(CAT), &[]);
    assert_eq!((code(&output), stdout(&output).as_str()), (0, ""));
}

#[test]
fn what_the_guest_does_not_read_is_left_for_the_next_process() {
    let place = Place::new();
    let guest = place.guest("(drop (call $read (i64.const 3))) (drop (call $write (global.get $buffer) (i32.const 3))) (i32.const 0)");
    let input = place.file("input", b"abcdef");
    let file = std::fs::File::open(input).expect("just written");
    let first = place
        .run_command(&[], &guest, &[])
        .stdin(file.try_clone().expect("a second handle"))
        .output()
        .expect("starts");
    let mut rest = String::new();
    (&file).read_to_string(&mut rest).expect("can read");
    assert_eq!((stdout(&first).as_str(), rest.as_str()), ("abc", "def"));
}

#[test]
fn a_reader_that_goes_away_is_a_closed_stream_for_the_guest() {
    let place = Place::new();
    let mut child = place
        .run_command(&[], &place.guest(YES), &[])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdout = child.stdout.take().expect("piped");
    let mut some = vec![0; 100_000];
    stdout.read_exact(&mut some).expect("the guest writes");
    assert!(some.iter().all(|&byte| byte == b'f'));
    drop(stdout);
    assert_eq!(child.wait().expect("ends").code(), Some(9));
}

#[test]
fn a_full_disk_is_an_error_for_the_guest() {
    let place = Place::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return eprintln!("skipped: this system has no /dev/full") };
    let output =
        place.run_command(&[], &place.guest(YES), &[]).stdout(full).output().expect("starts");
    assert_eq!(code(&output), 8, "{}", stderr(&output));
}

#[test]
fn a_non_blocking_pipe_loses_nothing() {
    let place = Place::new();
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    // SAFETY: fcntl on a descriptor that `writer` keeps open.
    let flags = unsafe {
        libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&writer), libc::F_SETFL, libc::O_NONBLOCK)
    };
    assert_eq!(flags, 0);
    let input = place.file("input", &vec![b'x'; 1 << 20]);
    let mut command = place.run_command(&[], &place.guest(CAT), &[]);
    let mut child = command
        .stdin(std::fs::File::open(input).expect("exists"))
        .stdout(writer)
        .spawn()
        .expect("starts");
    drop(command);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let mut copied = Vec::new();
    reader.read_to_end(&mut copied).expect("can read");
    assert_eq!(copied.len(), 1 << 20);
    assert!(child.wait().expect("ends").success());
}

#[test]
fn output_before_a_trap_is_not_lost() {
    let place = Place::new();
    let output = place.run(
        &[],
        &place.guest("(drop (call $write (i32.const 32) (i32.const 1))) unreachable"),
        &[],
    );
    assert_eq!((code(&output), stdout(&output).as_str()), (134, "f"));
    assert_says(&output, &["trapped"]);
}

#[test]
fn closed_standard_streams_are_no_fault_of_ours() {
    let place = Place::new();
    let guest = place.guest(CAT);
    let command = place.run_command(&[], &guest, &[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell
        .args(["-c", "exec \"$@\" <&- >&- 2>&-", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    let status = shell.env("PYLON_CACHE_DIR", place.path("cache")).status().expect("sh starts");
    assert_eq!(status.code(), Some(0));
}
