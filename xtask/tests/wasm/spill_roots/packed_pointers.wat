;; Two pointers in one i64, as LLVM copies pairs: loaded, and packed by shifts.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i64)
    (local $pair i64) (local $packed i64)
    i32.const 32
    i64.load
    local.set $pair
    i32.const 40
    i64.load32_u
    call $alloc
    i64.extend_i32_u
    i64.const 32
    i64.shl
    i64.or
    local.set $packed
    call $alloc
    drop
    local.get $pair
    local.get $packed
    i64.add))
