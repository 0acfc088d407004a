;; $p is stored; $q is not: no call follows while it is live. $n is stored: it may be a pointer.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $n i32) (result i32)
    (local $p i32) (local $q i32)
    call $alloc
    local.set $p
    call $alloc
    local.set $q
    local.get $p
    local.get $q
    i32.add
    local.get $n
    i32.add)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
