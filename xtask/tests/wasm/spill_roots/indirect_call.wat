;; The call of the type of $alloc may collect, the other may not.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (table 2 funcref)
  (elem (i32.const 0) $alloc $use)
  (func (export "run") (result i32)
    (local $p i32) (local $q i32)
    i32.const 64
    i32.load
    local.tee $p
    i32.const 1
    call_indirect (param i32)
    i32.const 64
    i32.load
    local.tee $q
    i32.const 0
    call_indirect (result i32)
    local.get $q
    i32.add
    i32.add))
