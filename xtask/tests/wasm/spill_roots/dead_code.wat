;; What cannot be executed is kept, and gets no stores.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i32)
    (local $p i32)
    block $b
      call $alloc
      local.set $p
      br $b
      call $alloc
      i32.add
      local.set $p
      block (result i32)
        call $alloc
        br 1
      end
      loop
        call $alloc
        drop
      end
      drop
    end
    call $alloc
    local.get $p
    i32.add
    return
    unreachable))
