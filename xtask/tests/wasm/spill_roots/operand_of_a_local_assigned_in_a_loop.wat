;; $p is assigned after the call in the text, but before it in the second round.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $p i32) (param $n i32) (result i32)
    local.get $p
    loop $again
      call $alloc
      local.set $p
      local.get $n
      i32.const 1
      i32.sub
      local.tee $n
      br_if $again
    end)
  (func (export "run") (result i32)
    i32.const 5
    i32.const 3
    call $f))
