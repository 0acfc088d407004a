;; Traps unless `$length` bytes from `$at` on are UTF-8: 64 bytes of ASCII in a step, else 16 bytes by the look-up algorithm
;; of Keiser and Lemire (arXiv 2010.03090), the rest byte by byte. The bytes of the function go into adapter modules with the
;; number of the memory that they read. `cargo test -p fuse` compares utf8.wasm with this text.
;;
;; What two bytes in a row can be wrong with, a bit each, in the tables:
;;   1 too short  2 too long  4 overlong, of 3  8 above 10ffff  16 surrogate  32 overlong, of 2
;;   64 above 10ffff from 10.... on, and overlong, of 4  128 two continuations
(module
  (memory 1)
  (func (param $at i32) (param $length i32)
    (local $end i32) (local $byte i32) (local $second i32) (local $more i32)
    (local $now v128) (local $before v128) (local $shifted v128) (local $wrong v128)
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.lt_u (local.get $end) (local.get $at)) (then (unreachable)))
    (if (i32.ge_u (local.get $length) (i32.const 16))
      (then
        (block $tail
          (loop $next
            (block $not-ascii
              (loop $ascii
                (br_if $not-ascii (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 64)))
                (br_if $not-ascii (i8x16.bitmask (v128.or
                  (v128.or (v128.load align=1 (local.get $at)) (v128.load offset=16 align=1 (local.get $at)))
                  (v128.or (v128.load offset=32 align=1 (local.get $at)) (v128.load offset=48 align=1 (local.get $at))))))
                ;; What came before must be complete: its last three bytes start nothing longer.
                (local.set $wrong (v128.or (local.get $wrong) (i8x16.sub_sat_u
                  (local.get $before)
                  (v128.const i8x16 255 255 255 255 255 255 255 255 255 255 255 255 255 239 223 191))))
                (local.set $before (v128.const i64x2 0 0))
                (local.set $at (i32.add (local.get $at) (i32.const 64)))
                (br $ascii)))
            (br_if $tail (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 16)))
            (local.set $now (v128.load align=1 (local.get $at)))
            (local.set $shifted
              (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 (local.get $before) (local.get $now)))
            (local.set $wrong (v128.or (local.get $wrong) (v128.xor
              ;; where a third or fourth byte must be
              (v128.and
                (v128.const i32x4 0x80808080 0x80808080 0x80808080 0x80808080)
                (v128.or
                  (i8x16.sub_sat_u
                    (i8x16.shuffle 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 (local.get $before) (local.get $now))
                    (v128.const i32x4 0x60606060 0x60606060 0x60606060 0x60606060))
                  (i8x16.sub_sat_u
                    (i8x16.shuffle 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 (local.get $before) (local.get $now))
                    (v128.const i32x4 0x70707070 0x70707070 0x70707070 0x70707070))))
              ;; what is wrong with two bytes, by the halves of the first and the upper half of the second
              (v128.and
                (v128.and
                  (i8x16.swizzle
                    (v128.const i8x16 2 2 2 2 2 2 2 2 128 128 128 128 33 1 21 73)
                    (i8x16.shr_u (local.get $shifted) (i32.const 4)))
                  (i8x16.swizzle
                    (v128.const i8x16 231 163 131 131 139 203 203 203 203 203 203 203 203 219 203 203)
                    (v128.and
                      (local.get $shifted)
                      (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f))))
                (i8x16.swizzle
                  (v128.const i8x16 1 1 1 1 1 1 1 1 230 174 186 186 1 1 1 1)
                  (i8x16.shr_u (local.get $now) (i32.const 4)))))))
            (local.set $before (local.get $now))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $next)))
        (if (v128.any_true (local.get $wrong)) (then (unreachable)))
        ;; Back to the start of the character at the seam. One of four bytes that ends here is complete.
        (local.set $byte (local.get $at))
        (block $seam
          (loop $back
            (local.set $byte (i32.sub (local.get $byte) (i32.const 1)))
            (if (i32.ne (i32.and (i32.load8_u (local.get $byte)) (i32.const 0xc0)) (i32.const 0x80))
              (then
                (local.set $at (local.get $byte))
                (br $seam)))
            (br_if $back (i32.lt_u (i32.sub (local.get $at) (local.get $byte)) (i32.const 3)))))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.lt_u (local.get $byte) (i32.const 0x80))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (if (i32.gt_u (i32.sub (local.get $byte) (i32.const 0xc2)) (i32.const 0x32)) (then (unreachable)))
        (local.set $more (i32.add (i32.const 1) (i32.add
          (i32.ge_u (local.get $byte) (i32.const 0xe0))
          (i32.ge_u (local.get $byte) (i32.const 0xf0)))))
        (if (i32.le_u (i32.sub (local.get $end) (local.get $at)) (local.get $more)) (then (unreachable)))
        (local.set $second (i32.load8_u offset=1 (local.get $at)))
        (if (i32.ne (i32.and (local.get $second) (i32.const 0xc0)) (i32.const 0x80)) (then (unreachable)))
        (if (i32.ge_u (local.get $more) (i32.const 2))
          (then
            (if (i32.and (i32.eq (local.get $byte) (i32.const 0xe0)) (i32.lt_u (local.get $second) (i32.const 0xa0)))
              (then (unreachable)))
            (if (i32.and (i32.eq (local.get $byte) (i32.const 0xed)) (i32.gt_u (local.get $second) (i32.const 0x9f)))
              (then (unreachable)))
            (if (i32.and (i32.eq (local.get $byte) (i32.const 0xf0)) (i32.lt_u (local.get $second) (i32.const 0x90)))
              (then (unreachable)))
            (if (i32.and (i32.eq (local.get $byte) (i32.const 0xf4)) (i32.gt_u (local.get $second) (i32.const 0x8f)))
              (then (unreachable)))
            (if (i32.ne (i32.and (i32.load8_u offset=2 (local.get $at)) (i32.const 0xc0)) (i32.const 0x80))
              (then (unreachable)))
            (if (i32.eq (local.get $more) (i32.const 3))
              (then
                (if (i32.ne (i32.and (i32.load8_u offset=3 (local.get $at)) (i32.const 0xc0)) (i32.const 0x80))
                  (then (unreachable)))))))
        (local.set $at (i32.add (local.get $at) (i32.add (local.get $more) (i32.const 1))))
        (br $next)))))
