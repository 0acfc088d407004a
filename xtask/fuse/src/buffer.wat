;; A memory for what passes between a part and the host and has handles in it: the host must never read a handle from where
;; a part could write one. Emptied at the start of each call. `cargo test -p fuse` compares buffer.wasm with this text.
(module $fuse-buffer
  (memory (export "memory") 1)
  (global $end (mut i32) (i32.const 0))

  (func (export "reset") (global.set $end (i32.const 0)))

  (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $start i32) (local $pages i32)
    (local.set $start (i32.and
      (i32.add (global.get $end) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (if (i32.lt_u (local.get $start) (global.get $end)) (then (unreachable)))
    (global.set $end (i32.add (local.get $start) (local.get $size)))
    (if (i32.lt_u (global.get $end) (local.get $start)) (then (unreachable)))
    (local.set $pages (i32.sub
      (i32.add (i32.shr_u (global.get $end) (i32.const 16)) (i32.const 1))
      (memory.size)))
    (if (i32.gt_s (local.get $pages) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (unreachable)))))
    (memory.copy (local.get $start) (local.get $old) (local.get $old-size))
    (local.get $start)))
