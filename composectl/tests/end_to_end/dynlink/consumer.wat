;; A program that resolves and calls what its arguments say, one command after the other, and prints what came
;; of it, a line each. An error is printed as `CODE|MESSAGE|CONTEXT`.
;;
;;   r NAME            resolve NAME; the new instance becomes the current one. Prints `resolved`
;;   d HEX             the same by digest
;;   i METHOD PAYLOAD  call the current instance; prints the reply
;;   z METHOD SIZE     call it with SIZE zero bytes; prints the reply's length
;;   n METHOD PAYLOAD  call it; prints the reply's length
;;   s INDEX           make the instance that was resolved INDEX-th the current one
;;   x                 drop the current instance
;;   l COUNT NAME      resolve and drop NAME COUNT times; prints nanoseconds each
;;   b COUNT SIZE      call `echo` COUNT times with SIZE zero bytes; prints nanoseconds each
;;                     (of l and b the best of 100 batches of COUNT / 100, or of 1 if COUNT is less)
;;   a NAME            resolve NAME until that fails; prints how often it went well, then the error
;;   p                 print `waits` and wait for the end of standard input
;;
;; With the parts in `steps.wat` also what is written there.
(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:io/error@0.2.0" (instance $io-error
    (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error'))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $io-error' (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (export "output-stream" (type $output-stream (sub resource)))
    (type $stream-error' (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8))
        (result (result (error $stream-error)))))
    (export "input-stream" (type $input-stream (sub resource)))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $input-stream)) (param "len" u64)
        (result (result (list u8) (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (alias export $streams "input-stream" (type $input-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $stream))))))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input-stream (type $outer-stream))
    (export "input-stream" (type $stream (eq $outer-stream)))
    (export "get-stdin" (func (result (own $stream))))))
LINKER

  (core module $memory-module
    (memory (export "memory") 64)
    (global $free (export "free") (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $new) (local.get $size)))
      (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))))))
      (local.get $new)))
  (core instance $memory (instantiate $memory-module))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $now (canon lower (func $clock "now")))
  (core func $get-arguments (canon lower (func $environment "get-arguments") (memory $mem) (realloc $realloc)))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $blocking-write
    (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $mem)))
  (core func $get-stdin (canon lower (func $stdin "get-stdin")))
  (core func $blocking-read
    (canon lower (func $streams "[method]input-stream.blocking-read") (memory $mem) (realloc $realloc)))
  (core func $by-id (canon lower (func $linker "resolve-by-id") (memory $mem) (realloc $realloc)))
  (core func $by-digest (canon lower (func $linker "resolve-by-digest") (memory $mem) (realloc $realloc)))
  (core func $invoke (canon lower (func $linker "[method]instance.invoke") (memory $mem) (realloc $realloc)))
  (core func $drop (canon resource.drop $instance))
  STEPS_LOWERED

  (core module $program
    (import "memory" "memory" (memory 64))
    (import "memory" "free" (global $free (mut i32)))
    (import "host" "now" (func $now (result i64)))
    (import "host" "get-arguments" (func $get-arguments (param i32)))
    (import "host" "get-stdout" (func $get-stdout (result i32)))
    (import "host" "blocking-write" (func $blocking-write (param i32 i32 i32 i32)))
    (import "host" "get-stdin" (func $get-stdin (result i32)))
    (import "host" "blocking-read" (func $blocking-read (param i32 i64 i32)))
    (import "host" "by-id" (func $by-id (param i32 i32 i32)))
    (import "host" "by-digest" (func $by-digest (param i32 i32 i32)))
    (import "host" "invoke" (func $invoke (param i32 i32 i32 i32 i32 i32)))
    (import "host" "drop" (func $drop (param i32)))
    STEPS_IMPORTS

    (data (i32.const 128) "\n|resolved echo waits")
    (global $stdout (mut i32) (i32.const -1))
    ;; The next argument.
    (global $next (mut i32) (i32.const 0))
    (global $current (mut i32) (i32.const 0))
    (global $count (mut i32) (i32.const 0))

    ;; Results lie at 0 (up to 32 bytes), those of writing at 64; instances at 1024, in the order of resolving.
    (func $write (param $start i32) (param $length i32)
      (local $part i32)
      (if (i32.eq (global.get $stdout) (i32.const -1)) (then (global.set $stdout (call $get-stdout))))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $part (select (i32.const 4096) (local.get $length) (i32.gt_u (local.get $length) (i32.const 4096))))
        (call $blocking-write (global.get $stdout) (local.get $start) (local.get $part) (i32.const 64))
        (local.set $start (i32.add (local.get $start) (local.get $part)))
        (local.set $length (i32.sub (local.get $length) (local.get $part)))
        (br $more))))
    (func $newline (call $write (i32.const 128) (i32.const 1)))
    (func $bar (call $write (i32.const 129) (i32.const 1)))
    (func $number (param $n i64)
      (local $at i32)
      (local.set $at (i32.const 256))
      (loop $digit
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
        (local.set $n (i64.div_u (local.get $n) (i64.const 10)))
        (br_if $digit (i64.ne (local.get $n) (i64.const 0))))
      (call $write (local.get $at) (i32.sub (i32.const 256) (local.get $at)))
      (call $newline))
    ;; Prints the error at 0, if there is one, and says so.
    (func $failed (result i32)
      (if (i32.eqz (i32.load8_u (i32.const 0))) (then (return (i32.const 0))))
      (call $write (i32.load (i32.const 4)) (i32.load (i32.const 8)))
      (call $bar)
      (call $write (i32.load (i32.const 12)) (i32.load (i32.const 16)))
      (call $bar)
      (if (i32.load8_u (i32.const 20)) (then (call $write (i32.load (i32.const 24)) (i32.load (i32.const 28)))))
      (call $newline)
      (i32.const 1))
    (func $resolved
      (if (call $failed) (then (return)))
      (global.set $current (i32.load (i32.const 4)))
      (i32.store (i32.add (i32.const 1024) (i32.mul (i32.const 4) (global.get $count))) (global.get $current))
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (call $write (i32.const 130) (i32.const 8))
      (call $newline))
    (func $argument (result i32 i32)
      (local $at i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (local.get $at) (i32.const 8)))
      (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
    (func $parse (result i32)
      (local $at i32) (local $left i32) (local $value i32)
      (call $argument) (local.set $left) (local.set $at)
      (block $done (loop $digit
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $value (i32.add (i32.mul (local.get $value) (i32.const 10))
          (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $digit)))
      (local.get $value))
    (func $hex-digit (param $c i32) (result i32)
      (if (result i32) (i32.lt_u (local.get $c) (i32.const 58))
        (then (i32.sub (local.get $c) (i32.const 48))) (else (i32.sub (local.get $c) (i32.const 87)))))
    ;; Turns the hex digits of an argument into bytes at 512; returns their number.
    (func $hex (result i32)
      (local $at i32) (local $length i32) (local $i i32)
      (call $argument) (local.set $length) (local.set $at)
      (block $done (loop $byte
        (br_if $done (i32.ge_u (i32.mul (local.get $i) (i32.const 2)) (local.get $length)))
        (i32.store8 (i32.add (i32.const 512) (local.get $i)) (i32.add
          (i32.mul (i32.const 16) (call $hex-digit (i32.load8_u (local.get $at))))
          (call $hex-digit (i32.load8_u offset=1 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $byte)))
      (local.get $i))
    ;; Room for `size` bytes.
    (func $zeros (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.mul (memory.size) (i32.const 65536)))
      (if (i32.eq (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))) (i32.const -1))
        (then unreachable))
      (local.get $at))
    (global $best (mut i64) (i64.const 0))
    (global $batch (mut i32) (i32.const 0))
    (global $in-batch (mut i32) (i32.const 0))
    (global $since (mut i64) (i64.const 0))
    ;; Begins to measure COUNT rounds.
    (func $batches (param $count i32)
      (global.set $best (i64.const -1))
      (global.set $batch (i32.div_u (local.get $count) (i32.const 100)))
      (if (i32.eqz (global.get $batch)) (then (global.set $batch (i32.const 1))))
      (global.set $in-batch (i32.const 0))
      (global.set $since (call $now)))
    ;; Ends a round.
    (func $tick
      (local $time i64)
      (global.set $in-batch (i32.add (global.get $in-batch) (i32.const 1)))
      (if (i32.lt_u (global.get $in-batch) (global.get $batch)) (then (return)))
      (local.set $time (i64.div_u (i64.sub (call $now) (global.get $since)) (i64.extend_i32_u (global.get $batch))))
      (if (i64.lt_u (local.get $time) (global.get $best)) (then (global.set $best (local.get $time))))
      (global.set $in-batch (i32.const 0))
      (global.set $since (call $now)))
    (func $loop-resolve
      (local $n i32) (local $left i32) (local $name i32) (local $length i32) (local $heap i32)
      (local.set $n (call $parse)) (local.set $left (local.get $n)) (call $batches (local.get $n))
      (call $argument) (local.set $length) (local.set $name)
      (local.set $heap (global.get $free))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (call $by-id (local.get $name) (local.get $length) (i32.const 0))
        (if (call $failed) (then (return)))
        (call $drop (i32.load (i32.const 4)))
        (global.set $free (local.get $heap))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (call $tick)
        (br $more)))
      (call $number (global.get $best)))
    (func $loop-invoke
      (local $n i32) (local $left i32) (local $size i32) (local $at i32) (local $heap i32)
      (local.set $n (call $parse)) (local.set $left (local.get $n)) (call $batches (local.get $n))
      (local.set $size (call $parse))
      (local.set $at (call $zeros (local.get $size)))
      (local.set $heap (global.get $free))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (call $invoke (global.get $current) (i32.const 139) (i32.const 4) (local.get $at) (local.get $size) (i32.const 0))
        (if (call $failed) (then (return)))
        (if (i32.ne (i32.load (i32.const 8)) (local.get $size)) (then unreachable))
        (global.set $free (local.get $heap))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (call $tick)
        (br $more)))
      (call $number (global.get $best)))
    (func $resolve-all
      (local $n i32) (local $name i32) (local $length i32)
      (call $argument) (local.set $length) (local.set $name)
      (loop $more
        (call $by-id (local.get $name) (local.get $length) (i32.const 0))
        (if (i32.eqz (i32.load8_u (i32.const 0)))
          (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $more))))
      (call $number (i64.extend_i32_u (local.get $n)))
      (drop (call $failed)))
    (func $wait-for-end
      (local $stdin i32)
      (call $write (i32.const 144) (i32.const 5)) (call $newline)
      (local.set $stdin (call $get-stdin))
      (loop $more
        (call $blocking-read (local.get $stdin) (i64.const 64) (i32.const 0))
        (br_if $more (i32.eqz (i32.load8_u (i32.const 0))))))
    STEPS_FUNCTIONS
    (func (export "run") (result i32)
      (local $end i32) (local $command i32) (local $m i32) (local $ml i32) (local $size i32)
      (call $get-arguments (i32.const 0))
      ;; Past the program's own name.
      (global.set $next (i32.add (i32.load (i32.const 0)) (i32.const 8)))
      (local.set $end (i32.add (i32.load (i32.const 0)) (i32.mul (i32.const 8) (i32.load (i32.const 4)))))
      (block $done (loop $again
        (br_if $done (i32.ge_u (global.get $next) (local.get $end)))
        (drop (call $argument))
        (local.set $command (i32.load8_u))
        (if (i32.eq (local.get $command) (i32.const 0x72)) (then ;; r
          (call $argument) (call $by-id (i32.const 0)) (call $resolved)))
        (if (i32.eq (local.get $command) (i32.const 0x64)) (then ;; d
          (call $by-digest (i32.const 512) (call $hex) (i32.const 0)) (call $resolved)))
        (if (i32.eq (local.get $command) (i32.const 0x69)) (then ;; i
          (global.get $current) (call $argument) (call $argument) (call $invoke (i32.const 0))
          (if (i32.eqz (call $failed)) (then
            (call $write (i32.load (i32.const 4)) (i32.load (i32.const 8))) (call $newline)))))
        (if (i32.eq (local.get $command) (i32.const 0x7a)) (then ;; z
          (call $argument) (local.set $ml) (local.set $m)
          (local.set $size (call $parse))
          (call $invoke (global.get $current) (local.get $m) (local.get $ml)
            (call $zeros (local.get $size)) (local.get $size) (i32.const 0))
          (if (i32.eqz (call $failed)) (then (call $number (i64.load32_u (i32.const 8)))))))
        (if (i32.eq (local.get $command) (i32.const 0x6e)) (then ;; n
          (global.get $current) (call $argument) (call $argument) (call $invoke (i32.const 0))
          (if (i32.eqz (call $failed)) (then (call $number (i64.load32_u (i32.const 8)))))))
        (if (i32.eq (local.get $command) (i32.const 0x73)) (then ;; s
          (global.set $current (i32.load (i32.add (i32.const 1024) (i32.mul (i32.const 4) (call $parse)))))))
        (if (i32.eq (local.get $command) (i32.const 0x78)) (then (call $drop (global.get $current)))) ;; x
        (if (i32.eq (local.get $command) (i32.const 0x6c)) (then (call $loop-resolve))) ;; l
        (if (i32.eq (local.get $command) (i32.const 0x62)) (then (call $loop-invoke))) ;; b
        (if (i32.eq (local.get $command) (i32.const 0x61)) (then (call $resolve-all))) ;; a
        (if (i32.eq (local.get $command) (i32.const 0x70)) (then (call $wait-for-end))) ;; p
        STEPS_COMMANDS
        (br $again)))
      (i32.const 0)))
  (core instance $instance (instantiate $program
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "now" (func $now))
      (export "get-arguments" (func $get-arguments))
      (export "get-stdout" (func $get-stdout))
      (export "blocking-write" (func $blocking-write))
      (export "get-stdin" (func $get-stdin))
      (export "blocking-read" (func $blocking-read))
      (export "by-id" (func $by-id))
      (export "by-digest" (func $by-digest))
      (export "invoke" (func $invoke))
      (export "drop" (func $drop))
      STEPS_GIVEN))))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $exported)))
