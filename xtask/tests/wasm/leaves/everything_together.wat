;; A pointer that is live across a call which throws and is used in the handler.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (tag $t (param i32))
  (func $raise (param i32)
    call $alloc
    drop
    local.get 0
    throw $t)
  (func (export "run") (result i32)
    (local $p i32)
    call $alloc
    local.set $p
    try (result i32)
      local.get $p
      i32.const 4
      call $raise
    catch $t
      local.get $p
      i32.add
    end))
