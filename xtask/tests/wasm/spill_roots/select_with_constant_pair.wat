;; A pair of pointers or a constant, on the operand stack during a collecting call.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func (export "run") (result i64)
    i32.const 32
    i64.load
    i64.const 7
    i32.const 32
    i32.load8_u
    select
    call $alloc
    i64.extend_i32_u
    i64.add))
