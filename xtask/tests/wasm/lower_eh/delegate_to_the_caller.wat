(module
  (tag $t (param i32))
  (func $f (result i32)
    try (result i32)
      try (result i32)
        i32.const 6
        throw $t
      delegate 1
    catch_all
      i32.const 1
    end)
  (func (export "run") (result i32)
    try (result i32)
      call $f
    catch $t
      i32.const 30
      i32.add
    end))
