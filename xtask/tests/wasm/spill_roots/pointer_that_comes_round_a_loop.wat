;; What $q is assigned may be a pointer only because $p is assigned one later in the text.
(module
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 1024))
  (func $gc_collect)
  (func $alloc (result i32)
    call $gc_collect
    i32.const 16)
  (func $use (param i32))
  (func (export "run") (result i32)
    (local $p i32) (local $q i32) (local $n i32)
    loop $again
      local.get $p
      local.set $q
      call $alloc
      local.set $p
      local.get $q
      call $use
      local.get $n
      i32.const 1
      i32.add
      local.tee $n
      i32.const 3
      i32.lt_u
      br_if $again
    end
    local.get $q))
