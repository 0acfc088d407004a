;; Values of all types lie on the stack when the exception leaves, and when a try begins.
(module
  (tag $t (param i32))
  (func $f (result i32)
    i32.const 3
    throw $t)
  (func $g (result i32)
    i64.const 1
    f32.const 2
    f64.const 3
    call $f
    drop
    drop
    drop
    i32.wrap_i64)
  (func (export "run") (result i32)
    i32.const 1000
    try (result i32)
      i64.const 9
      call $g
      drop
      i32.wrap_i64
    catch $t
    end
    i32.add))
