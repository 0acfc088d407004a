(module
  (tag $t (param i32))
  (func $f
    i32.const 42
    throw $t)
  (func (export "run") (result i32)
    try (result i32)
      call $f
      i32.const 1
    catch $t
      i32.const 100
      i32.add
    end))
