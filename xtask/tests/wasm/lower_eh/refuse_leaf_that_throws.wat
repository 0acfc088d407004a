;; leaves: leaf
(module
  (tag $t (param i32))
  (func $raise
    i32.const 1
    throw $t)
  (func $helper
    call $raise)
  (func $leaf
    call $helper))
