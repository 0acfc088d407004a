;; Only the upper half of $packed is a pointer.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i64)
    (local $packed i64)
    call $alloc
    i64.extend_i32_u
    i64.const 32
    i64.shl
    local.set $packed
    call $alloc
    drop
    local.get $packed))
