//! What resolving and calling cost. `cargo test --release -p composectl dynlink::figures -- --ignored --nocapture`
//! prints the figures; the other tests hold them to bounds that a busy machine and a build without optimization keep.

use super::{ECHO, Plan, run_measured, stderr};
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
    // Compiles, which takes more than all else.
    plan.run(&["r", "echo"]);
    let (lines, few) = run_measured(&plan, &["l", "500", "echo"]);
    assert_eq!(lines.len(), 1);
    let (lines, many) = run_measured(&plan, &["l", "10000", "echo"]);
    assert_eq!(lines.len(), 1);
    assert!(many < few + (4 << 20), "{few} bytes after 500, {many} after 10000");
}
