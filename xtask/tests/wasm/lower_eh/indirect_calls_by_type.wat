;; $v may throw and is in the table: indirect calls of its type are tested, also by an equal type;
;; $safe calls another type and stays as it is.
(module
  (type $v (func (param i32)))
  (type $w (func (param i32)))
  (type $r (func (result i32)))
  (tag $t (param i32))
  (table 2 funcref)
  (elem (i32.const 0) $throws $seven)
  (func $throws (type $v)
    local.get 0
    throw $t)
  (func $seven (type $r)
    i32.const 7)
  (func $safe (export "safe") (result i32)
    i32.const 1
    call_indirect (type $r))
  (func (export "run") (result i32)
    try (result i32)
      i32.const 8
      i32.const 0
      call_indirect (type $w)
      i32.const 1
    catch $t
    end))
