;; $p is live on one way only, which is not the default of the table.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $n i32) (result i32)
    (local $p i32)
    i32.const 64
    i32.load
    local.set $p
    block $a
      block $b
        call $alloc
        drop
        local.get $n
        br_table $b $a
      end
      local.get $p
      return
    end
    i32.const 3)
  (func (export "b") (result i32) i32.const 0 call $f)
  (func (export "a") (result i32) i32.const 1 call $f))
