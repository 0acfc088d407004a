;; The inner handler is passed over: the exception goes to the try around $skipped.
(module
  (tag $t (param i32))
  (func $throw
    i32.const 5
    throw $t)
  (func (export "run") (result i32)
    try $wanted (result i32)
      try $skipped (result i32)
        try
          call $throw
        delegate $wanted
        i32.const 0
      catch $t
        drop
        i32.const 1
      end
    catch $t
      i32.const 10
      i32.add
    end))
