//! The library: one WAMR at a time, any number one after the other. (One test: WAMR is one a process.)

use pylon_wamr::{Ended, Error, Program, Runtime};

fn exits_with(code: u32) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "_start") (call $exit (i32.const {code}))))"#
    );
    wat::parse_str(text).expect("the test's module")
}

#[test]
fn one_wamr_at_a_time() -> Result<(), Error> {
    let program = Program::new().arg("test")?;
    assert!(matches!(Program::new().arg("a\0b"), Err(Error::ZeroByte(_))));
    for round in 0..3 {
        let mut runtime = Runtime::start()?;
        assert!(matches!(Runtime::start(), Err(Error::InUse)));
        let mut module = runtime.load(exits_with(1000 + round))?;
        // Codes of the library are not cut to eight bits; a module can be instantiated again.
        for _ in 0..2 {
            assert_eq!(module.instantiate(&program)?.run()?, Ended::Exit(1000 + round));
        }
        drop(module);
        assert!(matches!(runtime.load(b"nonsense".to_vec()), Err(Error::Load(_))));
        let mut module = runtime.load(exits_with(3))?;
        assert!(matches!(
            module.instantiate(&program.clone().stack_size(u32::MAX))?.run(),
            Err(Error::Stack(_)) | Ok(_)
        ));
    }
    Ok(())
}
