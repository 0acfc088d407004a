;; Mutually recursive functions that may throw; the depth is the payload.
(module
  (tag $t (param i32))
  (func $a (param i32)
    local.get 0
    i32.const 1
    i32.add
    call $b)
  (func $b (param i32)
    local.get 0
    i32.const 10
    i32.gt_u
    if
      local.get 0
      throw $t
    end
    local.get 0
    call $a)
  (func (export "run") (result i32)
    try
      i32.const 0
      call $a
    catch $t
      return
    end
    i32.const 0))
