(module
  (tag $t (param i32))
  (func $f
    try
      i32.const 3
      throw $t
    end)
  (func (export "run") (result i32)
    try (result i32)
      call $f
      i32.const 1
    catch $t
    end))
