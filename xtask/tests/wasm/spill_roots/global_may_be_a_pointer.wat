(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (global $root (mut i32) (i32.const 0))
  (global $base i32 (i32.const 512))
  (func (export "run") (result i32)
    (local $p i32) (local $q i32)
    global.get $root
    local.set $p
    global.get $base
    local.set $q
    call $alloc
    drop
    local.get $p
    local.get $q
    i32.add))
