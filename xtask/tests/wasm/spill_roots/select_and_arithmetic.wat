;; What is computed from a pointer may be one.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $p i32) (result i32)
    (local $q i32) (local $r i32)
    local.get $p
    i32.const -4
    i32.and
    local.set $q
    local.get $p
    i32.const 0
    local.get $p
    select
    local.set $r
    call $alloc
    drop
    local.get $q
    local.get $r
    i32.add)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
