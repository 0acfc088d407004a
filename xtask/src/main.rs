mod graph;
fn main() {}
