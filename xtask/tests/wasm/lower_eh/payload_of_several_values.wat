(module
  (tag $t (param i32 f64 i64))
  (func $f
    i32.const 1
    f64.const 2.5
    i64.const 3
    throw $t)
  (func (export "run") (result f64)
    (local i64)
    try
      call $f
    catch $t
      local.set 0
      f64.const 4
      f64.mul
      local.get 0
      f64.convert_i64_s
      f64.add
      return
    end
    f64.const 0))
