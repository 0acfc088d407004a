;; leaves: leaf other
;; `good` calls a function of the type of $alloc that does not collect; `bad` lies about it.
;; $other calls a type through which nothing bad can be reached, so it is not guarded.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (table 3 funcref)
  (elem (i32.const 0) $alloc $seven $use)
  (func $seven (result i32)
    i32.const 7)
  (func $leaf (param $which i32) (result i32)
    local.get $which
    call_indirect (result i32))
  (func $other
    i32.const 3
    i32.const 2
    call_indirect (param i32))
  (func (export "good") (result i32)
    call $other
    i32.const 1
    call $leaf
    call $alloc
    i32.add)
  (func (export "bad") (result i32)
    i32.const 0
    call $leaf))
