;; The result of the block lies below a call; so does the one of the if.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i32)
    block $b (result i32)
      i32.const 64
      i32.load
      br $b
    end
    i32.const 1
    if (result i32)
      call $alloc
    else
      i32.const 0
    end
    call $alloc
    i32.add
    i32.add))
