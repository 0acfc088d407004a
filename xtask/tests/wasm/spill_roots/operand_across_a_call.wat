;; The first result lies on the operand stack during the second call, the parameter's value, too.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $p i32) (result i32)
    local.get $p
    call $alloc
    call $alloc
    i32.add
    i32.add)
  (func (export "run") (result i32)
    i32.const 5
    call $f))
