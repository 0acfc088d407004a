(module
  (tag $t (param i32))
  (global $done (mut i32) (i32.const 0))
  (func $start
    try
      i32.const 1
      throw $t
    catch $t
      global.set $done
    end)
  (start $start)
  (func (export "run") (result i32)
    global.get $done))
