use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Stdio;

use super::{Place, assert_says, code, stderr};

#[test]
fn every_code_of_the_guest_arrives() {
    let place = Place::new();
    // One component for all codes: it exits with the number of its arguments.
    let guest = place.guest("(call $get-arguments (i32.const 0)) (call $code (i32.sub (i32.load (i32.const 4)) (i32.const 1))) (i32.const 0)");
    for expected in 0..=255 {
        let args = vec!["x"; expected];
        let output = place.run(&[], &guest, &args);
        assert_eq!(code(&output), expected as i32, "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn returning_ok_is_0_and_returning_an_error_is_1() {
    let place = Place::new();
    assert_eq!(code(&place.run(&[], &place.guest("(i32.const 0)"), &[])), 0);
    assert_eq!(code(&place.run(&[], &place.guest("(i32.const 1)"), &[])), 1);
}

#[test]
fn a_trap_is_134_and_says_what_and_where() {
    let place = Place::new();
    let guest =
        place.guest_with("(func $deep_inside unreachable)", "(call $deep_inside) (i32.const 0)");
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 134);
    assert_says(&output, &["guest.wasm trapped", "unreachable", "program!deep_inside", "hint: "]);
}

#[test]
fn a_bad_pointer_is_a_trap() {
    let place = Place::new();
    let output = place.run(&[], &place.guest("(i32.load (i32.const -8))"), &[]);
    assert_eq!(code(&output), 134);
    assert_says(&output, &["out of bounds"]);
}

#[test]
fn the_end_of_the_stack_in_memory_is_told_from_a_bad_pointer() {
    let place = Place::new();
    let guest = place.guest_with(
        "(global $stack (mut i32) (i32.const 64))
         (func $down (result i32)
           (global.set $stack (i32.sub (global.get $stack) (i32.const 48)))
           (i32.store (global.get $stack) (i32.const 1))
           (i32.add (i32.const 1) (call $down)))",
        "(call $down)",
    );
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 134);
    assert_says(&output, &["stack of C exhausted", "program!down", "hint: recursion in C code"]);
}

#[test]
fn names_are_those_of_the_file_that_runs() {
    let place = Place::new();
    let guest =
        place.guest_with("(func $deep_inside unreachable)", "(call $deep_inside) (i32.const 0)");
    // Compiled code is in the cache; the second run has names, too.
    for _ in 0..2 {
        assert_says(&place.run(&[], &guest, &[]), &["program!deep_inside"]);
    }
}

#[test]
fn endless_recursion_is_a_trap_even_with_a_small_native_stack() {
    let place = Place::new();
    let guest = place.guest_with(
        "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down (i32.add (local.get 0) (i32.const 1)))))",
        "(call $down (i32.const 0))",
    );
    for stack in ["8192", "256", "unlimited"] {
        let command = format!("ulimit -S -s {stack} && exec \"$@\"");
        let output = place.run_command(&[], &guest, &[]);
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &command, "sh"]).arg(output.get_program()).args(output.get_args());
        let output = shell.env("PYLON_CACHE_DIR", place.path("cache")).output().expect("sh starts");
        assert_eq!(code(&output), 134, "with ulimit -s {stack}: {}", stderr(&output));
        assert_says(
            &output,
            &["call stack exhausted", "  0: program!down\n", "more ...", "program!down (at "],
        );
    }
}

#[test]
fn signals_end_it_as_any_program() {
    let place = Place::new();
    let guest = place
        .guest("(drop (call $write (i32.const 32) (i32.const 1))) (loop (br 0)) (i32.const 0)");
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let mut command = place.run_command(&[], &guest, &[]);
        // A shell's background job ignores SIGINT, and so does what it starts.
        // SAFETY: signal() may be called between fork and exec.
        unsafe {
            command.pre_exec(move || {
                libc::signal(signal, libc::SIG_DFL);
                Ok(())
            })
        };
        let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
        // Wait until the guest itself runs.
        let mut first = [0];
        std::io::Read::read_exact(&mut child.stdout.take().expect("piped"), &mut first)
            .expect("the guest writes");
        let id = i32::try_from(child.id()).expect("a process id");
        // SAFETY: the process is our child and has not been waited for.
        assert_eq!(unsafe { libc::kill(id, signal) }, 0);
        assert_eq!(child.wait().expect("ends").signal(), Some(signal));
    }
}
