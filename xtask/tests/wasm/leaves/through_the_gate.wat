;; leaves: leaf ask
;; asking: ask
;; What the leaf calls by the table collects and throws, behind the gate: the count is taken away meanwhile, the exception is
;; caught there, and the caller of the leaf has its pointer where the collector looks.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (global $glue_gate_depth (mut i32) (i32.const 0))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (tag $t (param i32))
  (table 2 funcref)
  (elem (i32.const 0) $answer $raise)
  (func $raise
    call $alloc
    throw $t)
  (func $glue_gate (result i32)
    (local $depth i32)
    global.get $glue_gate_depth
    local.set $depth
    i32.const 0
    global.set $glue_gate_depth
    try (result i32)
      call $raise
      i32.const 1
    catch $t
    end
    local.get $depth
    global.set $glue_gate_depth)
  (func $answer
    call $glue_gate
    drop)
  (func $leaf (param $which i32)
    local.get $which
    call_indirect)
  (func $ask (param $which i32)
    local.get $which
    call $leaf)
  (func $run (param $which i32) (result i32)
    (local $p i32)
    i32.const 64
    i32.load
    local.tee $p
    i32.const 7
    i32.add
    local.get $which
    call $ask
    local.get $p
    i32.add)
  (func (export "answered") (result i32)
    i32.const 0
    call $run)
  (func (export "not_through_the_gate") (result i32)
    i32.const 1
    call $run))
