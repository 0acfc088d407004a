;; From inside of a handler, the try that it belongs to does not catch.
(module
  (tag $t (param i32))
  (func (export "run") (result i32)
    try (result i32)
      try $running (result i32)
        i32.const 1
        throw $t
      catch $t
        drop
        try (result i32)
          i32.const 2
          throw $t
        delegate $running
      end
    catch $t
      i32.const 40
      i32.add
    end))
