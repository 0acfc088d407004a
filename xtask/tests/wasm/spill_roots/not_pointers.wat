;; Nothing here can be a pointer: constants, comparisons, shifts, narrow loads, stack addresses, floats.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f f64)
    i32.const 64
    local.set $a
    i32.const 32
    i32.load16_u
    local.set $b
    i32.const 32
    i32.load
    i32.const 2
    i32.shl
    local.set $c
    global.get $__stack_pointer
    i32.const 16
    i32.sub
    local.tee $d
    global.set $__stack_pointer
    i32.const 32
    i32.load
    i32.eqz
    local.set $e
    i32.const 32
    f64.load
    local.set $f
    call $alloc
    drop
    local.get $d
    i32.const 16
    i32.add
    global.set $__stack_pointer
    local.get $a
    local.get $b
    local.get $c
    local.get $e
    local.get $f
    i32.trunc_f64_s
    i32.add
    i32.add
    i32.add
    i32.add))
