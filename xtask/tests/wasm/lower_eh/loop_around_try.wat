;; What setjmp becomes: a loop that goes on after the handler, and branches of all kinds to it.
(module
  (tag $t (param i32))
  (func $throw_until (param i32)
    local.get 0
    i32.const 5
    i32.lt_u
    if
      local.get 0
      throw $t
    end)
  (func (export "run") (result i32)
    (local $n i32) (local $sum i32)
    loop $again (result i32)
      try
        local.get $n
        call $throw_until
      catch $t
        local.get $sum
        i32.add
        local.set $sum
        local.get $n
        i32.const 1
        i32.add
        local.set $n
        br $again
      end
      local.get $sum
    end))
