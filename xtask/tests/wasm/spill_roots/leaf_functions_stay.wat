;; Neither reaches the collector.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param i32) (result i32)
    (local i32)
    local.get 0
    i32.load
    local.tee 1
    call $use
    local.get 1)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
