//! What resolving and calling cost. `cargo test --release -p composectl dynlink::figures -- --ignored --nocapture`
//! prints the figures; the other tests hold them to bounds that a busy machine and a build without optimization keep.

use super::{ECHO, Plan, code, stderr, stdout};
use crate::Place;

#[test]
#[ignore = "prints figures"]
fn figures() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    // A provider's memory must hold two copies of what it echoes.
    for (size, count) in [
        ("0", "300000"),
        ("64", "300000"),
        ("4096", "200000"),
        ("65536", "20000"),
        ("1048576", "2000"),
    ] {
        let lines = plan.run(&["r", "echo", "b", "1000", size, "b", count, size, "b", count, size]);
        println!("invoke, {size} bytes: {} {} ns", lines[2], lines[3]);
    }
    let lines = plan.run(&["l", "10000", "echo", "l", "10000", "echo"]);
    println!("resolve and drop: {} {} ns", lines[0], lines[1]);
    let output = plan.run_with(&["--trace"], &["r", "echo", "r", "echo"]);
    println!("{}", stderr(&output));
}

#[test]
fn resolving_ten_thousand_times_keeps_memory_flat() {
    let place = Place::new();
    let mut plan = Plan::new(&place);
    plan.add("echo", ECHO);
    // The program prints its peak in between: the second half must not need more than the first.
    let peak = |commands: &[&str]| {
        let output = plan.run_with(&[], commands);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(stdout(&output).lines().count(), 1);
        super::largest_child()
    };
    let few = peak(&["l", "500", "echo"]);
    let many = peak(&["l", "10000", "echo"]);
    assert!(many < few + (8 << 20), "{few} bytes after 500, {many} after 10000");
}
