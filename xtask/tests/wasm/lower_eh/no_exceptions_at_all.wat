;; Nothing changes but the names of the globals.
(module
  (global $g (mut i32) (i32.const 4))
  (func $f (result i32)
    global.get $g)
  (func (export "run") (result i32)
    block (result i32)
      call $f
      br 0
    end))
