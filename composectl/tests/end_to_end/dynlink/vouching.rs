//! Who answers for what a plan grants, and that neither plans nor lists of revocations go back.

use composectl_plan::{
    Digest, Keyring, PlanSignatures, SignatureEntry, SigningKey, new_plan, set_component,
};

use super::{ECHO, Plan, assert_error, consumer, lines, provider};
use crate::{Place, assert_says, code, stdout};

const GRANTS: [&str; 3] = [
    r#", "grants": {"dirs": ["data::/d"]}"#,
    r#", "grants": {"env": ["SECRET"]}"#,
    r#", "grants": {"net": ["*"]}"#,
];

/// A place with a key in its keyring.
fn place() -> (Place, SigningKey) {
    let (place, key) = (Place::new(), SigningKey::generate().expect("random numbers"));
    std::fs::create_dir(place.path("data")).expect("room");
    Keyring::add(&place.path("keyring"), &key.public("tests", None)).expect("room");
    (place, key)
}

/// The line that `r it` gives, with these flags.
#[track_caller]
fn resolved(place: &Place, flags: &[&str]) -> String {
    let plan = place.path("plan.json");
    let fixed = ["--plan", plan.to_str().expect("UTF-8"), "--keyring", "keyring"];
    let output = place.run(&[&fixed, flags].concat(), &consumer(place), &["r", "it"]);
    lines(&output)[0].clone()
}

fn sign(place: &Place, key: &SigningKey) {
    let path = place.path("plan.json");
    let plan = composectl_plan::Plan::load(&path).expect("valid");
    let entries = vec![SignatureEntry::of_plan(key, &plan.digest, None)];
    PlanSignatures { plan: plan.digest, entries }.save(&path).expect("room");
}

#[test]
fn a_plan_that_nobody_answers_for_grants_nothing() {
    for fields in GRANTS {
        let (place, key) = place();
        let refused = |what: &str| {
            let line = resolved(&place, &[]);
            assert_error(
                &line,
                "exec-capability-denied",
                &["`it`", "nobody answers for that", what],
            );
        };
        let text =
            std::fs::read(Plan::new(&place).add_with("it", &provider(ECHO).wasm(), fields).write());
        let text = text.expect("written");
        refused("is not signed");
        // What costs nothing to give needs nobody's word.
        Plan::new(&place).add_with("it", &provider(ECHO).wasm(), r#", "grants": {}"#).write();
        assert_eq!(resolved(&place, &[]), "resolved");
        // The user's word, for this plan or for any.
        place.file("plan.json", &text);
        assert_eq!(resolved(&place, &["--allow-unsigned-grants"]), "resolved");
        let digest = Digest::of(&text).to_string();
        assert_eq!(resolved(&place, &["--plan-digest", &digest]), "resolved");
        // The host's.
        let policy = format!(r#"{{"version": "1", "trust": {{"plans": ["{digest}"]}}}}"#);
        place.file("policy.json", policy.as_bytes());
        assert_eq!(resolved(&place, &["--policy", "policy.json"]), "resolved");
        // A trusted key's, for the plan.
        sign(&place, &SigningKey::generate().expect("random numbers"));
        refused("which is not in the keyring");
        sign(&place, &key);
        assert_eq!(resolved(&place, &[]), "resolved");
        place.file("plan.json", &[&text[..], b"\n"].concat());
        refused("signature of the plan");
    }
}

#[test]
fn a_signature_of_a_component_answers_for_its_grants() {
    let (place, key) = place();
    let mut plan = Plan::new(&place);
    let path = plan.add_with("it", &provider(ECHO).wasm(), GRANTS[0]).write();
    let text = std::fs::read_to_string(&path).expect("written");
    let parsed = composectl_plan::Plan::parse(&text).expect("valid");
    let mut component = parsed.component("it").expect("there").clone();
    component.signatures.push(SignatureEntry::of_component(&key, &component, None));
    let signed = set_component(&text, &component).expect("valid");
    place.file("plan.json", signed.as_bytes());
    assert_eq!(resolved(&place, &[]), "resolved");
    // For these grants only.
    place.file("plan.json", signed.replace("data::/d", "data::/etc").as_bytes());
    assert_error(&resolved(&place, &[]), "exec-capability-denied", &["nobody answers for that"]);
}

/// Runs with the plan `app` of this revision, signed; with `flags`.
fn run_revision(
    place: &Place,
    key: &SigningKey,
    revision: u32,
    flags: &[&str],
) -> std::process::Output {
    let fields = format!("\"version\": \"1\", \"name\": \"app\", \"revision\": {revision}");
    let text = new_plan(&[]).replace("\"version\": \"1\"", &fields);
    let plan = place.file("plan.json", text.as_bytes());
    sign(place, key);
    let fixed = ["--plan", plan.to_str().expect("UTF-8"), "--keyring", "keyring"];
    let mut command =
        place.run_command(&[&fixed, flags].concat(), &consumer(place), &["r", "none"]);
    command.output().expect("composectl starts")
}

#[test]
fn an_older_plan_is_not_run_again() {
    let (place, key) = place();
    assert_eq!(code(&run_revision(&place, &key, 1, &[])), 0);
    assert_eq!(code(&run_revision(&place, &key, 2, &[])), 0);
    let output = run_revision(&place, &key, 1, &[]);
    assert_eq!((code(&output), stdout(&output).as_str()), (125, ""));
    assert_says(
        &output,
        &["the plan `app` went back to revision 1; revision 2 was seen", "hint: if that is meant"],
    );
    // A digest means one plan, as old as it is.
    let digest = Digest::of(&std::fs::read(place.path("plan.json")).expect("written")).to_string();
    assert_eq!(code(&run_revision(&place, &key, 1, &["--plan-digest", &digest])), 0);
    assert_eq!(code(&run_revision(&place, &key, 1, &[])), 125);
    let forgot = place.composectl(["trust", "forget", "app"]).output().expect("starts");
    assert_eq!(code(&forgot), 0);
    assert_eq!(code(&run_revision(&place, &key, 1, &[])), 0);
}

#[test]
fn a_host_that_remembers_nothing_says_so_or_is_told() {
    let (place, key) = place();
    run_revision(&place, &key, 1, &[]);
    let plan = place.path("plan.json");
    let run = |state: Option<&str>| {
        let flags = ["--plan", plan.to_str().expect("UTF-8"), "--keyring", "keyring"];
        let mut command = place.run_command(&flags, &consumer(&place), &["r", "none"]);
        command.env_remove("PYLON_STATE_DIR");
        command.envs(state.map(|state| ("PYLON_STATE_DIR", state))).output().expect("starts")
    };
    let output = run(None);
    assert_eq!(code(&output), 125);
    assert_says(&output, &["where to keep which revisions were seen", "hint: PYLON_STATE_DIR"]);
    assert_eq!(code(&run(Some("none"))), 0);
}
