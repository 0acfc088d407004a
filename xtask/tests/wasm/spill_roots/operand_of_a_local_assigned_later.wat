;; During the call the operand is no longer the value of $p, so it gets a slot of its own.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $p i32) (result i32)
    local.get $p
    i32.const 1
    local.set $p
    call $alloc
    i32.add
    local.get $p
    i32.add)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
