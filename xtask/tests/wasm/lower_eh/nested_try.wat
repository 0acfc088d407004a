;; run(n) = which handler ran; a throw in a handler goes to the try outside of it.
(module
  (tag $t (param i32))
  (func $throw (param i32)
    local.get 0
    throw $t)
  (func $run (param i32) (result i32)
    try (result i32)
      try (result i32)
        local.get 0
        call $throw
        i32.const 0
      catch $t
        i32.eqz
        if
          i32.const 1
          return
        end
        i32.const 70
        call $throw
        i32.const 2
      end
    catch $t
    end)
  (func (export "inner") (result i32) i32.const 0 call $run)
  (func (export "outer") (result i32) i32.const 1 call $run))
