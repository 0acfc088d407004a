;; leaves: leaf
;; asking: leaf
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (global $glue_gate_depth (mut i32) (i32.const 0))
  (func $gc_collect)
  (tag $t)
  (func $glue_gate (param $bad i32) (result i32)
    local.get $bad
    if
      throw $t
    end
    i32.const 2)
  (func $leaf (param $bad i32) (result i32)
    local.get $bad
    call $glue_gate)
  (func (export "good") (result i32)
    i32.const 0
    call $leaf)
  (func (export "bad") (result i32)
    i32.const 1
    call $leaf))
