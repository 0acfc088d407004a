;; One of two operands is the address of a variable on the stack, the other one may point to an object.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $f (param $p i32) (result i32)
    (local $q i32)
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.get $p
    local.get $p
    i32.eqz
    select
    local.set $q
    call $alloc
    drop
    local.get $q)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
