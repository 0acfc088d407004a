;; The core module of a component for the crc32c cap that is written by hand: bit by bit, and memory is never freed.
(module
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 1024))

  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  (func $update (param $value i32) (param $at i32) (param $length i32) (result i32)
    (local $bit i32)
    (local.set $value (i32.xor (local.get $value) (i32.const -1)))
    (block $done
      (loop $bytes
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $value (i32.xor (local.get $value) (i32.load8_u (local.get $at))))
        (local.set $bit (i32.const 8))
        (loop $bits
          (local.set $value
            (i32.xor
              (i32.shr_u (local.get $value) (i32.const 1))
              (i32.and
                (i32.const 0x82f63b78)
                (i32.sub (i32.const 0) (i32.and (local.get $value) (i32.const 1))))))
          (br_if $bits (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $bytes)))
    (i32.xor (local.get $value) (i32.const -1)))

  (func (export "crc32c:checksum/crc32c@0.2.0#update") (param i32 i32 i32) (result i32)
    (call $update (local.get 0) (local.get 1) (local.get 2)))

  ;; Nobody here combines.
  (func (export "crc32c:checksum/crc32c@0.2.0#combine") (param i32 i32 i64) (result i32)
    unreachable)
)
