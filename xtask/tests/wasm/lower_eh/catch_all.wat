;; The first exception must not be pending any more when the second call returns.
(module
  (tag $t (param i32))
  (func $f (param i32)
    local.get 0
    if
      i32.const 42
      throw $t
    end)
  (func (export "run") (result i32)
    try
      i32.const 1
      call $f
      i32.const 1
      return
    catch_all
    end
    try
      i32.const 0
      call $f
    catch_all
      i32.const 2
      return
    end
    i32.const 3))
