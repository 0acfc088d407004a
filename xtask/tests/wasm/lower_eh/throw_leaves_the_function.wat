;; The caller's operand stack holds 1 when the exception passes; nothing is caught, so the export traps.
(module
  (tag $t (param i32))
  (func $f (param i32) (result i64)
    local.get 0
    if
      i32.const 42
      throw $t
    end
    i64.const 5)
  (func (export "passes") (result i32)
    i32.const 1
    i32.const 0
    call $f
    i32.wrap_i64
    i32.add)
  (func (export "escapes") (result i32)
    i32.const 1
    i32.const 1
    call $f
    i32.wrap_i64
    i32.add))
