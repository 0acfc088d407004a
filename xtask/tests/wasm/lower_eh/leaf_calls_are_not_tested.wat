;; leaves: leaf
;; The leaf's call has the type of $throws, but it was declared not to lead there.
(module
  (type $v (func (param i32)))
  (tag $t (param i32))
  (table 2 funcref)
  (elem (i32.const 0) $throws $nothing)
  (func $throws (type $v)
    local.get 0
    throw $t)
  (func $nothing (type $v))
  (func $leaf
    i32.const 1
    i32.const 1
    call_indirect (type $v))
  (func (export "run") (result i32)
    call $leaf
    i32.const 3))
