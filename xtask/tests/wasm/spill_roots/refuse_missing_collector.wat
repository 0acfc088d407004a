(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $f))
