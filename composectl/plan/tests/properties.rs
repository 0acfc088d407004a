//! What must hold for any text: nothing panics, and nothing but a whole plan is one.

use composectl_plan::{
    Component, Digest, Grants, Limits, Plan, SignatureEntry, SigningKey, Source, new_plan,
    remove_component, set_component,
};

const FULL: &str = include_str!("plans/valid-full/plan.json");

/// A small generator of numbers (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below a usize")
    }
}

#[test]
fn no_part_of_a_plan_is_a_plan() {
    let whole = FULL.trim_end();
    for end in 0..whole.len() {
        if let Some(part) = whole.get(..end) {
            let problems = Plan::check(part).expect_err(part);
            assert!(!problems.is_empty(), "{part}");
        }
    }
    for start in 1..whole.len() {
        if let Some(part) = whole.get(start..) {
            assert!(Plan::check(part).is_err(), "{part}");
        }
    }
}

#[test]
fn damaged_plans_do_not_panic() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "0",
        "-",
        "1e9",
        "\\u0000",
        "\u{1f600}",
        "\n",
        "id",
    ];
    let mut valid = 0;
    for _ in 0..20_000 {
        let mut text: Vec<char> = FULL.chars().collect();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len());
            match random.below(3) {
                0 => drop(text.remove(at)),
                1 => {
                    let piece = pieces[random.below(pieces.len())];
                    text.splice(at..at, piece.chars());
                }
                _ => {
                    let end = (at + random.below(40)).min(text.len());
                    drop(text.drain(at..end));
                }
            }
        }
        let text: String = text.into_iter().collect();
        match Plan::check(&text) {
            // What is still a plan can be edited.
            Ok(plan) => {
                valid += 1;
                let component = &plan.components[0];
                set_component(&text, component).expect("it was valid");
            }
            Err(problems) => assert!(!problems.is_empty()),
        }
    }
    assert!(valid > 100, "only {valid} of the damaged plans were still plans; damage less");
}

#[test]
fn depth_and_size_are_bounded() {
    for text in ["[".repeat(200_000), "{\"a\":".repeat(200_000)] {
        assert!(Plan::check(&text).is_err());
    }
    let nested =
        format!("{{\"version\": \"1\", \"x\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(Plan::check(&nested).is_err());
}

#[test]
fn long_graphs_are_followed_without_recursion() {
    let digest = Digest::of(b"");
    let count = 30_000;
    let components: Vec<String> =
        (0..count).map(|n| format!("{{\"id\": \"c{n}\", \"digest\": \"{digest}\"}}")).collect();
    let binding = |from: usize, to: usize| {
        format!(
            "{{\"consumer_id\": \"c{from}\", \"import_name\": \"x\", \"provider_id\": \"c{to}\"}}"
        )
    };
    let mut bindings: Vec<String> = (1..count).map(|n| binding(n - 1, n)).collect();
    let text = |bindings: &[String]| {
        format!(
            "{{\"version\": \"1\", \"components\": [{}], \"bindings\": [{}]}}",
            components.join(","),
            bindings.join(",")
        )
    };
    Plan::parse(&text(&bindings)).expect("a chain is no cycle");
    bindings.push(binding(count - 1, 0));
    let error = Plan::parse(&text(&bindings)).expect_err("now it is");
    assert_eq!(error.code.as_str(), "plan-cycle-detected");
    assert!(error.message.len() < 2_000, "{}", error.message.len());
}

fn component(id: &str, content: &[u8]) -> Component {
    Component {
        id: id.to_owned(),
        digest: Digest::of(content),
        source: None,
        grants: None,
        limits: Limits::default(),
        signatures: Vec::new(),
    }
}

/// Lines of `new` that `old` lacks, and the other way round.
fn changed_lines<'t>(old: &'t str, new: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let lacks = |text: &'t str, other: &str| {
        let others: Vec<&str> = other.lines().collect();
        text.lines().filter(|line| !others.contains(line)).collect::<Vec<_>>()
    };
    (lacks(new, old), lacks(old, new))
}

#[test]
fn changing_a_component_touches_its_line_only() {
    let ids = ["crc32c", "lzma", "sqlite", "zlib", "zstd"];
    let components: Vec<Component> = ids.iter().map(|id| component(id, id.as_bytes())).collect();
    let text = new_plan(&components);
    for id in ids {
        let edited = set_component(&text, &component(id, b"new")).expect("valid");
        let (came, went) = changed_lines(&text, &edited);
        assert_eq!((came.len(), went.len()), (1, 1), "{id}: {edited}");
        assert!(came[0].contains(&format!("\"{id}\"")));
        let back = set_component(&edited, &component(id, id.as_bytes())).expect("valid");
        assert_eq!(back, text);
    }
}

#[test]
fn a_plan_built_in_any_order_has_the_same_text() {
    let ids = ["b", "d", "a", "e", "c"];
    let mut text = new_plan(&[]);
    for id in ids {
        text = set_component(&text, &component(id, id.as_bytes())).expect("valid");
    }
    let sorted: Vec<Component> = ids.iter().map(|id| component(id, id.as_bytes())).collect();
    assert_eq!(text, new_plan(&sorted));
    for id in ids {
        text = remove_component(&text, id).expect("it is there");
    }
    assert_eq!(text, new_plan(&[]));
}

#[test]
fn plans_in_any_layout_can_be_edited() {
    let digest = Digest::of(b"zlib");
    let layouts = [
        "{\"version\":\"1\"}".to_owned(),
        "{\"version\": \"1\"\n}".to_owned(),
        "{\"version\": \"1\", \"components\": []}".to_owned(),
        "{\n\t\"version\": \"1\",\n\t\"components\": [\n\t]\n}".to_owned(),
        format!(
            "{{\"components\":[{{\"id\":\"zlib\",\"digest\":\"{digest}\"}}],\"version\":\"1\"}}"
        ),
        format!(
            "{{\n \"version\": \"1\",\n \"components\": [\n  {{\n   \"id\": \"zlib\",\n   \"digest\": \"{digest}\"\n  }}\n ]\n}}\n"
        ),
        FULL.to_owned(),
    ];
    for text in layouts {
        for id in ["aaa", "mmm", "zzz", "zlib"] {
            let edited = set_component(&text, &component(id, b"new")).expect(&text);
            let (before, after) =
                (Plan::parse(&text).expect("valid"), Plan::parse(&edited).expect("valid"));
            assert_eq!(
                after.component(id).expect("it was set").digest,
                Digest::of(b"new"),
                "{edited}"
            );
            for old in before.components.iter().filter(|old| old.id != id) {
                assert_eq!(after.component(&old.id), Some(old), "{edited}");
            }
            assert_eq!(after.bindings, before.bindings);
            if before.component(id).is_none() {
                let removed = remove_component(&edited, id).expect("it is there");
                let removed = Plan::parse(&removed).expect("valid");
                assert_eq!(removed.components, before.components);
            }
        }
    }
}

#[test]
fn everything_about_a_component_survives_writing() {
    let plan = Plan::parse(FULL).expect("valid");
    let mut text = new_plan(&[]);
    for component in &plan.components {
        text = set_component(&text, component).expect("valid");
    }
    assert_eq!(Plan::parse(&text).expect("valid").components, plan.components);
    let key = SigningKey::generate().expect("random numbers");
    let mut odd = component("a/b@1", b"x");
    odd.source = Some(Source::parse("caf\u{e9} \"quoted\"/x.wasm").expect("a file"));
    odd.grants = Some(Grants::default());
    odd.signatures = vec![SignatureEntry::of_component(&key, &odd, None)];
    let text = set_component(&text, &odd).expect("valid");
    assert_eq!(Plan::parse(&text).expect("valid").component("a/b@1"), Some(&odd));
}

#[test]
fn an_edit_that_makes_a_plan_invalid_is_refused() {
    let error = remove_component(FULL, "crc32c").expect_err("a binding names it");
    assert_eq!(error.code.as_str(), "plan-invalid-graph");
    let error = remove_component(FULL, "nope").expect_err("it is not there");
    assert_eq!(error.code.as_str(), "invalid-input");
    assert!(set_component("{\"version\": \"2\"}", &component("a", b"")).is_err());
}

#[test]
fn a_plan_of_problems_is_refused_in_no_time() {
    let bad = vec!["{\"id\": \"\", \"digset\": 1}"; 100_000].join(",\n");
    let text = format!("{{\"version\": \"1\", \"components\": [{bad}]}}");
    let start = std::time::Instant::now();
    assert_eq!(Plan::check(&text).expect_err("nothing is right").len(), 100);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
