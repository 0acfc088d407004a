;; leaves: leaf
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (tag $t (param i32))
  (table 2 funcref)
  (elem (i32.const 0) $raise $nothing)
  (func $raise
    i32.const 1
    throw $t)
  (func $nothing)
  (func $leaf (param $which i32)
    local.get $which
    call_indirect)
  (func $run (param $which i32) (result i32)
    try (result i32)
      local.get $which
      call $leaf
      call $raise
      i32.const 3
    catch $t
    end)
  (func (export "good") (result i32)
    i32.const 1
    call $run)
  (func (export "bad") (result i32)
    i32.const 0
    call $run))
