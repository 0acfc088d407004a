;; leaves: leaf
;; asking: leaf
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (global $glue_gate_depth i32 (i32.const 0))
  (func $gc_collect)
  (func $glue_gate)
  (func $leaf
    call $glue_gate))
