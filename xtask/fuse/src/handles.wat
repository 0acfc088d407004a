;; The handles of all parts, for the resources that pass between them: one array, in which an entry knows its holder, so
;; that no part can use another's handle. `cargo test -p fuse` compares handles.wasm with this text.
;;
;; An entry has 16 bytes:
;;   0  key: holder << 16 | resource << 1 | whether it is a borrow; 0 for none that a part can name
;;   4  the representation
;;   8  of an own handle: how often it is lent. Of a borrow: the own handle that it counts on
;;  12  the next free entry
;;
;; `new`, `peek`, `move` and `drop` are in every use of a handle: they have written out what the others call.
(module $fuse-handles
  (memory 1)
  (global $free (mut i32) (i32.const 0))  ;; the first free entry
  (global $length (mut i32) (i32.const 1))  ;; entry 0 is nobody's
  (global $borrows (mut i32) (i32.const 0))  ;; how many borrow handles there are
  (global $lends (mut i32) (i32.const 0))  ;; the last record of `lend-rep`; they are chained through offset 12

  (func $allocate (result i32)
    (local $handle i32)
    (if (i32.eqz (local.tee $handle (global.get $free))) (then (return (call $append))))
    (global.set $free (i32.load offset=12 (i32.shl (local.get $handle) (i32.const 4))))
    (local.get $handle))

  (func $append (result i32)
    (local $handle i32)
    (local.set $handle (global.get $length))
    ;; Room for as many again is asked for when half of it is used: where there is none any more, whoever makes a handle
    ;; finds that memory is full, and says so, before the other half is used up.
    (if (i32.eqz (i32.and (local.get $handle) (i32.const 2047)))
      (then
        (if (i32.ge_u (i32.shl (local.get $handle) (i32.const 1)) (i32.shl (memory.size) (i32.const 12)))
          (then (drop (memory.grow (memory.size)))))
        (if (i32.ge_u (local.get $handle) (i32.shl (memory.size) (i32.const 12)))
          (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))))))
    (global.set $length (i32.add (local.get $handle) (i32.const 1)))
    (local.get $handle))

  ;; Whether there is room for 64 entries more, which is asked before a call that may make some: who makes one cannot fail.
  ;; Where memory is full, the entries that are free again are counted.
  (func (export "room") (result i32)
    (local $handle i32) (local $found i32)
    (if (i32.ge_u (i32.sub (i32.shl (memory.size) (i32.const 12)) (global.get $length)) (i32.const 64))
      (then (return (i32.const 1))))
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 1))))
    (local.set $found (i32.sub (i32.shl (memory.size) (i32.const 12)) (global.get $length)))
    (local.set $handle (global.get $free))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $handle)))
        (local.set $handle (i32.load offset=12 (i32.shl (local.get $handle) (i32.const 4))))
        (local.set $found (i32.add (local.get $found) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $found) (i32.const 64)))))
    (i32.ge_u (local.get $found) (i32.const 64)))

  (func $release (param $handle i32)
    (local $entry i32)
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    (i32.store (local.get $entry) (i32.const 0))
    (i32.store offset=12 (local.get $entry) (global.get $free))
    (global.set $free (local.get $handle)))

  (func $entry (param $handle i32) (result i32)
    (if (i32.ge_u (local.get $handle) (global.get $length)) (then (unreachable)))
    (i32.shl (local.get $handle) (i32.const 4)))

  ;; The entry of an own handle.
  (func $own (param $handle i32) (param $key i32) (result i32)
    (local $entry i32)
    (local.set $entry (call $entry (local.get $handle)))
    (if (i32.ne (i32.load (local.get $entry)) (local.get $key)) (then (unreachable)))
    (local.get $entry))

  ;; The entry of an own handle that is not lent.
  (func $free-to-go (param $handle i32) (param $key i32) (result i32)
    (local $entry i32)
    (local.set $entry (call $own (local.get $handle) (local.get $key)))
    (if (i32.load offset=8 (local.get $entry)) (then (unreachable)))
    (local.get $entry))

  ;; The own handle behind a handle, which is lent once more.
  (func $lend-owner (param $handle i32) (result i32)
    (local $entry i32)
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    (if (i32.and (i32.load (local.get $entry)) (i32.const 1))
      (then
        (local.set $handle (i32.load offset=8 (local.get $entry)))
        (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))))
    (i32.store offset=8 (local.get $entry) (i32.add (i32.load offset=8 (local.get $entry)) (i32.const 1)))
    (local.get $handle))

  ;; An own handle is lent once less.
  (func $give-back (param $handle i32)
    (local $entry i32)
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    (i32.store offset=8 (local.get $entry) (i32.sub (i32.load offset=8 (local.get $entry)) (i32.const 1))))

  ;; `resource.new`
  (func (export "new") (param $rep i32) (param $key i32) (result i32)
    (local $handle i32) (local $entry i32)
    (local.set $entry (i32.shl (local.tee $handle (global.get $free)) (i32.const 4)))
    (if (local.get $handle)
      (then (global.set $free (i32.load offset=12 (local.get $entry))))
      (else (local.set $entry (i32.shl (local.tee $handle (call $append)) (i32.const 4)))))
    (i32.store (local.get $entry) (local.get $key))
    (i32.store offset=4 (local.get $entry) (local.get $rep))
    (i32.store offset=8 (local.get $entry) (i32.const 0))
    (local.get $handle))

  ;; `resource.rep`: of own handles only
  (func (export "rep") (param $handle i32) (param $key i32) (result i32)
    (i32.load offset=4 (call $own (local.get $handle) (local.get $key))))

  ;; The representation behind what a borrow parameter may be made of, an own handle or a borrow.
  (func $peek (export "peek") (param $handle i32) (param $key i32) (result i32)
    (local $entry i32)
    (if (i32.ge_u (local.get $handle) (global.get $length)) (then (unreachable)))
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    (if (i32.ne (i32.and (i32.load (local.get $entry)) (i32.const -2)) (local.get $key)) (then (unreachable)))
    (i32.load offset=4 (local.get $entry)))

  ;; An own handle gets another holder. Its number stays.
  (func (export "move") (param $handle i32) (param $key i32) (param $to i32) (result i32)
    (local $entry i32)
    (if (i32.ge_u (local.get $handle) (global.get $length)) (then (unreachable)))
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    ;; another's, or lent
    (if (i32.or (i32.xor (i32.load (local.get $entry)) (local.get $key)) (i32.load offset=8 (local.get $entry)))
      (then (unreachable)))
    (i32.store (local.get $entry) (local.get $to))
    (local.get $handle))

  ;; An own handle goes to who has no handles here, the host: the representation.
  (func (export "take") (param $handle i32) (param $key i32) (result i32)
    (i32.load offset=4 (call $free-to-go (local.get $handle) (local.get $key)))
    (call $release (local.get $handle)))

  ;; A borrow handle for a part that does not define the resource.
  (func (export "lend") (param $handle i32) (param $key i32) (param $to i32) (result i32)
    (local $rep i32) (local $owner i32) (local $borrow i32) (local $entry i32)
    (local.set $rep (call $peek (local.get $handle) (local.get $key)))
    (local.set $owner (call $lend-owner (local.get $handle)))
    (local.set $entry (i32.shl (local.tee $borrow (call $allocate)) (i32.const 4)))
    (i32.store (local.get $entry) (i32.or (local.get $to) (i32.const 1)))
    (i32.store offset=4 (local.get $entry) (local.get $rep))
    (i32.store offset=8 (local.get $entry) (local.get $owner))
    (global.set $borrows (i32.add (global.get $borrows) (i32.const 1)))
    (local.get $borrow))

  ;; The definer gets the representation, and until `unlend` the own handle must neither be dropped nor moved.
  (func (export "lend-rep") (param $handle i32) (param $key i32) (result i32)
    (local $rep i32) (local $owner i32) (local $record i32) (local $entry i32)
    (local.set $rep (call $peek (local.get $handle) (local.get $key)))
    (local.set $owner (call $lend-owner (local.get $handle)))
    (local.set $entry (i32.shl (local.tee $record (call $allocate)) (i32.const 4)))
    (i32.store (local.get $entry) (i32.const 0))
    (i32.store offset=8 (local.get $entry) (local.get $owner))
    (i32.store offset=12 (local.get $entry) (global.get $lends))
    (global.set $lends (local.get $record))
    (local.get $rep))

  ;; The start of a call that lends.
  (func (export "mark") (result i32) (global.get $lends))

  ;; Its end: what it lent is given back.
  (func (export "unlend") (param $mark i32)
    (local $record i32) (local $entry i32)
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.tee $record (global.get $lends)) (local.get $mark)))
        (local.set $entry (i32.shl (local.get $record) (i32.const 4)))
        (call $give-back (i32.load offset=8 (local.get $entry)))
        (global.set $lends (i32.load offset=12 (local.get $entry)))
        (call $release (local.get $record))
        (br $next))))

  ;; How many borrow handles there are. Who was called must have dropped those that it got.
  (func (export "borrows") (result i32) (global.get $borrows))

  ;; `resource.drop`: 1 << 32 | representation of an own handle, 0 for a borrow
  (func (export "drop") (param $handle i32) (param $key i32) (result i64)
    (local $entry i32)
    (if (i32.ge_u (local.get $handle) (global.get $length)) (then (unreachable)))
    (local.set $entry (i32.shl (local.get $handle) (i32.const 4)))
    (if (i32.eq (i32.load (local.get $entry)) (local.get $key))
      (then
        (if (i32.load offset=8 (local.get $entry)) (then (unreachable)))
        (i32.store (local.get $entry) (i32.const 0))
        (i32.store offset=12 (local.get $entry) (global.get $free))
        (global.set $free (local.get $handle))
        (return (i64.or (i64.load32_u offset=4 (local.get $entry)) (i64.const 0x100000000)))))
    (if (i32.ne (i32.load (local.get $entry)) (i32.or (local.get $key) (i32.const 1))) (then (unreachable)))
    (call $give-back (i32.load offset=8 (local.get $entry)))
    (global.set $borrows (i32.sub (global.get $borrows) (i32.const 1)))
    (call $release (local.get $handle))
    (i64.const 0)))
