;; leaves: leaf
;; The indirect call of the leaf has the type of $alloc.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (table 1 funcref)
  (elem (i32.const 0) $alloc)
  (func $leaf (param $p i32) (result i32)
    i32.const 0
    call_indirect (result i32)
    local.get $p
    i32.add)
  (func (export "run") (result i32)
    (local $p i32)
    i32.const 64
    i32.load
    local.tee $p
    call $leaf
    local.get $p
    i32.add))
