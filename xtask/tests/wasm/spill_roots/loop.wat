;; The assignment at the end of the loop is found by the call at its beginning.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i32)
    (local $p i32) (local $n i32)
    i32.const 64
    i32.load
    local.set $p
    loop $again
      call $alloc
      drop
      local.get $p
      i32.load offset=4
      local.set $p
      local.get $n
      i32.const 1
      i32.add
      local.tee $n
      i32.const 3
      i32.lt_u
      br_if $again
    end
    local.get $p))
