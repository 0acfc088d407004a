//! Compiling is bounded, happens in a process of its own, and nobody waits for ever for another's.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use super::{Place, assert_says, code, stderr};

/// A module of WASI preview 1 with these functions.
fn module(functions: &str) -> Vec<u8> {
    let text =
        format!(r#"(module (memory (export "memory") 1) (func (export "_start")) {functions})"#);
    wat::parse_str(text).expect("well-formed")
}

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 128 {
        bytes.push((value % 128) as u8 | 128);
        value /= 128;
    }
    bytes.push(value as u8);
    bytes
}

fn sized(content: &[u8]) -> Vec<u8> {
    [&number(content.len()), content].concat()
}

/// A section of WebAssembly.
pub fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &sized(content)[..]].concat()
}

/// A small module with many functions, each of which has that many local variables and nothing else: much to compile.
pub fn many_functions(count: usize, locals: usize) -> Vec<u8> {
    let times = |content: &[u8]| [number(count), content.repeat(count)].concat();
    let body = [&[1], &number(locals)[..], b"\x7e\x0b"].concat();
    let parts = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, b"\x01\x60\0\0"),
        section(3, &times(b"\0")),
        section(5, b"\x01\0\x01"),
        section(7, b"\x02\x06memory\x02\0\x06_start\0\0"),
        section(10, &times(&sized(&body))),
    ];
    parts.concat()
}

/// More than ten seconds of processor time, of which a process may have eight at once.
pub fn slow() -> Vec<u8> {
    many_functions(60_000, 9_000)
}

#[test]
fn what_is_too_large_in_one_way_is_refused_with_the_bound() {
    let place = Place::new();
    for (wasm, said) in [
        (many_functions(250_001, 0), "more than 250000 functions"),
        (many_functions(1, 10_001), "more than 10000 local variables in one function"),
        (
            module(&format!("(func {})", "nop ".repeat(1 << 20))),
            "more than 1048576 bytes in one function",
        ),
    ] {
        let guest = place.file("bomb.wasm", &wasm);
        let begin = Instant::now();
        let output = place.run(&[], &guest, &[]);
        assert_eq!(code(&output), 126);
        assert_says(&output, &["bomb.wasm is too costly to compile: ", said]);
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
}

#[test]
fn what_takes_too_much_memory_is_refused_and_not_kept() {
    let place = Place::new();
    let guest = place.file("bomb.wasm", &many_functions(200_000, 0));
    let output = place.run(&[], &guest, &[]);
    assert_eq!(code(&output), 126, "{}", stderr(&output));
    let said = ["bomb.wasm is too costly to compile: it takes more than ", "MiB of memory"];
    assert_says(&output, &said);
    let kept = fs::read_dir(place.cache()).expect("made").flatten();
    assert_eq!(kept.filter(|entry| entry.file_name() != "index").count(), 0);
}

#[test]
fn what_takes_too_much_time_is_ended() {
    let place = Place::new();
    let parent = std::process::id().to_string();
    let words = ["compile-in-child", "program", "1000000000", "1", &parent];
    let input = place.file("slow.wasm", &slow());
    let mut command = place.composectl(words);
    let output = command.stdin(fs::File::open(input).expect("written")).output().expect("starts");
    assert_eq!(output.status.signal(), Some(libc::SIGXCPU), "{output:?}");
}

#[test]
fn who_waits_for_a_process_that_compiles_says_so_and_does_not_wait_for_ever() {
    let place = Place::new();
    let guest = place.guest("(call $code (i32.const 5)) (i32.const 0)");
    assert_eq!(code(&place.run(&[], &guest, &[])), 5);
    let entries: Vec<_> =
        fs::read_dir(place.cache()).expect("made").flatten().map(|entry| entry.path()).collect();
    let of_code = |path: &&std::path::PathBuf| path.extension().is_some_and(|kind| kind == "cwasm");
    let lock = entries.iter().find(of_code).expect("kept").with_extension("lock");
    for path in entries {
        let _ = fs::remove_file(path);
    }
    // As a stopped process does.
    let file = fs::File::create(&lock).expect("ours");
    file.lock().expect("free");
    fs::write(&lock, "4711").expect("ours");
    let output = place.run(&["-v", "--timeout", "2s"], &guest, &[]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert_says(&output, &["waiting for process 4711, which compiles ", "guest.wasm", ".lock)"]);
    drop(file);
    assert_eq!(code(&place.run(&[], &guest, &[])), 5);
}

#[test]
fn the_child_ends_with_who_started_it() {
    let place = Place::new();
    let guest = place.file("slow.wasm", &slow());
    let mut run = place.run_command(&[], &guest, &[]).spawn().expect("starts");
    let child = loop {
        assert!(run.try_wait().expect("ours").is_none(), "it was compiled too soon");
        let list = format!("/proc/{0}/task/{0}/children", run.id());
        // Between fork and exec the child has its parent's words.
        if let Ok(children) = fs::read_to_string(list)
            && let Some(child) = children.split_whitespace().next()
            && let Ok(words) = fs::read_to_string(format!("/proc/{child}/cmdline"))
            && words.contains("compile-in-child")
        {
            break child.to_owned();
        }
    };
    run.kill().expect("ours");
    run.wait().expect("ended");
    let begin = Instant::now();
    while fs::read_to_string(format!("/proc/{child}/cmdline")).is_ok_and(|words| !words.is_empty())
    {
        assert!(begin.elapsed() < Duration::from_secs(20), "the child lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}
