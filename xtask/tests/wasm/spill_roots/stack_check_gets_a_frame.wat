;; mp_cstack_check is called by a function that stores nothing and by one that stores a little.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $mp_cstack_check)
  (func $small
    call $mp_cstack_check)
  (func $some (param $p i32) (result i32)
    call $mp_cstack_check
    call $alloc
    local.get $p
    i32.add)
  (func (export "run") (result i32)
    call $small
    i32.const 5
    call $some))
