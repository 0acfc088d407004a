//! JSON: plans, policies, signatures of plans, the index of a store and what it names.

use composectl_plan::{
    Contents, Digest, HostPolicy, Index, Plan, PlanSignatures, Problem, new_plan, remove_component,
    set_component,
};

/// Each problem has a place in the text; there are some, and not too many.
fn check_problems(bytes: &[u8], problems: &[Problem]) {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!((1..=100).contains(&problems.len()), "{} problems", problems.len());
    for problem in problems {
        assert!((1..=lines).contains(&problem.line) && problem.column >= 1, "{problem}");
        let hint = problem.hint.as_deref().unwrap_or_default();
        assert!(problem.message.len() < 10_000 && hint.len() < 10_000, "{problem:?}");
    }
}

pub fn plan(bytes: &[u8]) {
    let plan = match Plan::check_bytes(bytes.to_vec()) {
        Ok(plan) => plan,
        Err(problems) => return check_problems(bytes, &problems),
    };
    assert_eq!(plan.digest, Digest::of(bytes));
    let mut components = plan.components.clone();
    let printed = Plan::parse(&new_plan(&components)).expect("printed plans are plans");
    components.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(printed.components, components);
    let text = std::str::from_utf8(bytes).expect("plans are UTF-8");
    let Some(first) = plan.components.first() else { return };
    let edited = set_component(text, first).expect("what it has already can be set");
    let edited = Plan::parse(&edited).expect("edited plans are plans");
    // An edit counts the revision up.
    assert!(edited.revision >= plan.revision);
    let edited = Plan { digest: plan.digest, revision: plan.revision, ..edited };
    assert_eq!(edited.content_digest(), plan.content_digest());
    assert_eq!(edited, plan);
    if let Ok(rest) = remove_component(text, &first.id) {
        let rest = Plan::parse(&rest).expect("edited plans are plans");
        assert_eq!(rest.components, plan.components[1..]);
    }
}

pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(problems) = HostPolicy::parse(text) {
        check_problems(bytes, &problems);
    }
}

pub fn signatures(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match PlanSignatures::parse(text) {
        Ok(signatures) => assert_eq!(PlanSignatures::parse(&signatures.text()), Ok(signatures)),
        Err(problem) => check_problems(bytes, &[problem]),
    }
}

pub fn index(bytes: &[u8]) {
    let contents = Contents::of(bytes);
    // A digest is longer than the 64 digits that it takes.
    assert!((contents.blobs.len() + contents.manifests.len()) * 64 <= bytes.len());
    assert!(contents.component.is_none_or(|component| contents.blobs.contains(&component)));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Index::parse(text) {
        Ok(index) => {
            let printed = index.text().expect("JSON");
            let again = Index::parse(&printed).expect("printed indexes are indexes");
            assert_eq!(again, index);
            assert_eq!(again.names().count(), index.names().count());
        }
        Err(why) => {
            assert!(why.contains(" line ") || why.contains("schemaVersion"), "{why}");
            assert!(why.len() < 1000, "{why}");
        }
    }
}
