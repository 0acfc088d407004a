;; Everything after an unconditional branch is typed by its own rules and is kept.
(module
  (tag $t (param i32))
  (func $f (result i32)
    i32.const 1
    throw $t
    i32.add
    call $f
    drop
    throw $t)
  (func (export "run") (result i32)
    try (result i32)
      call $f
      br 0
      try
        unreachable
        throw $t
      catch $t
        br_if 0
      end
      i32.add
    catch $t
      return
      throw $t
    end))
