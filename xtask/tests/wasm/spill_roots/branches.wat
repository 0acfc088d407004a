;; $p is needed on one way only, and only the assignment before it is stored.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $which i32) (result i32)
    (local $p i32) (local $q i32)
    local.get $which
    if (result i32)
      i32.const 64
      i32.load
      local.set $p
      call $alloc
      drop
      local.get $p
    else
      i32.const 64
      i32.load offset=8
      local.tee $q
      local.get $q
      i32.add
    end)
  (func (export "yes") (result i32) i32.const 1 call $f)
  (func (export "no") (result i32) i32.const 0 call $f))
