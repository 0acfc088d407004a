;; leaves: leaf
;; The leaf itself makes no indirect call, but what it calls is no leaf.
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
  (func $helper (result i32)
    i32.const 0
    call_indirect (result i32))
  (func $leaf (result i32)
    call $helper))
