;; The stack pointer is moved back on every way out: in the end, $run is 16 below the top for its own frame.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func $f (param $n i32) (param $p i32) (result i32)
    block $a
      block $b
        block $c
          call $alloc
          drop
          local.get $n
          br_table $c $b $a
        end
        local.get $p
        return
      end
      local.get $p
      br 1
    end
    call $alloc
    drop
    local.get $p)
  (func (export "run") (result i32)
    i32.const 0
    i32.const 1
    call $f
    i32.const 1
    i32.const 1
    call $f
    i32.const 2
    i32.const 1
    call $f
    drop
    drop
    drop
    global.get $__stack_pointer))
