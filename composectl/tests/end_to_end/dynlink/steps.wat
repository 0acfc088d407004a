;; The parts of `consumer.wat` that answer questions. An outcome is printed as `done|REPLY` or `asks|METHOD|PAYLOAD`.
;;
;;   c METHOD PAYLOAD  start a call of the current instance; prints the outcome
;;   q METHOD SIZE     the same with SIZE zero bytes
;;   y ANSWER          answer the question with which the current instance waits; prints the outcome
;;   o SIZE            the same with SIZE zero bytes
;;   e                 the same with the error `its-own-code`, "its message", "its context"
;;   h SIZE            the same with an error whose message has SIZE zero bytes
;;   k METHOD PAYLOAD  start a call and answer every question with its own payload; prints how many there were, then
;;                     the reply or the error
;;   f COUNT NAME      resolve NAME, start `ask` and drop the instance, COUNT times; prints nanoseconds each
;;   g COUNT SIZE      start `many` with SIZE zero bytes, answer COUNT questions; prints nanoseconds each
;;   w TIME            do nothing for TIME milliseconds
;; == STEPS_LINKER
    (type $question' (record (field "method" string) (field "payload" (list u8))))
    (export "question" (type $question (eq $question')))
    (type $outcome' (variant (case "done" (list u8)) (case "call" $question)))
    (export "outcome" (type $outcome (eq $outcome')))
    (export "[method]instance.start"
      (func (param "self" (borrow $instance)) (param "method" string) (param "payload" (list u8))
        (result (result $outcome (error $error)))))
    (export "[method]instance.resume"
      (func (param "self" (borrow $instance)) (param "answer" (result (list u8) (error $error)))
        (result (result $outcome (error $error)))))
;; == STEPS_LOWERED
  (core func $start (canon lower (func $linker "[method]instance.start") (memory $mem) (realloc $realloc)))
  (core func $resume (canon lower (func $linker "[method]instance.resume") (memory $mem) (realloc $realloc)))
;; == STEPS_IMPORTS
    (import "host" "start" (func $start (param i32 i32 i32 i32 i32 i32)))
    (import "host" "resume" (func $resume (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
;; == STEPS_FUNCTIONS
    (data (i32.const 160) "its-own-codeits messageits contextdone|asks|askmany")
    (func $step
      (if (call $failed) (then (return)))
      (if (i32.load8_u (i32.const 4))
        (then
          (call $write (i32.const 199) (i32.const 5))
          (call $write (i32.load (i32.const 8)) (i32.load (i32.const 12)))
          (call $bar)
          (call $write (i32.load (i32.const 16)) (i32.load (i32.const 20))))
        (else
          (call $write (i32.const 194) (i32.const 5))
          (call $write (i32.load (i32.const 8)) (i32.load (i32.const 12)))))
      (call $newline))
    (func $answer (param $at i32) (param $length i32)
      (call $resume (global.get $current) (i32.const 0) (local.get $at) (local.get $length)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
    (func $refuse (param $at i32) (param $length i32)
      (call $resume (global.get $current) (i32.const 1) (i32.const 160) (i32.const 12)
        (local.get $at) (local.get $length) (i32.const 1) (i32.const 183) (i32.const 11) (i32.const 0)))
    (func $asks (result i32)
      (i32.and (i32.eqz (i32.load8_u (i32.const 0))) (i32.load8_u (i32.const 4))))
    (func $answer-all
      (local $n i32) (local $heap i32)
      (local.set $heap (global.get $free))
      (block $over (loop $more
        (br_if $over (i32.eqz (call $asks)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (call $answer (i32.load (i32.const 16)) (i32.load (i32.const 20)))
        ;; What was put there last is on top of what was answered.
        (if (i32.and (call $asks) (i32.ge_u (i32.sub (global.get $free) (local.get $heap)) (i32.const 65536)))
          (then
            (memory.copy (local.get $heap) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
            (i32.store (i32.const 16) (local.get $heap))
            (global.set $free (i32.add (local.get $heap) (i32.load (i32.const 20))))))
        (br $more)))
      (call $number (i64.extend_i32_u (local.get $n)))
      (call $step))
    (func $loop-questions
      (local $n i32) (local $left i32) (local $size i32) (local $at i32) (local $heap i32)
      (local.set $n (call $parse)) (local.set $left (local.get $n)) (call $batches (local.get $n))
      (local.set $size (call $parse))
      (local.set $at (call $zeros (local.get $size)))
      (local.set $heap (global.get $free))
      (call $start (global.get $current) (i32.const 207) (i32.const 4) (local.get $at) (local.get $size) (i32.const 0))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (global.set $free (local.get $heap))
        (call $answer (local.get $at) (local.get $size))
        (if (i32.eqz (call $asks)) (then (call $step) (return)))
        (if (i32.ne (i32.load (i32.const 20)) (local.get $size)) (then unreachable))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (call $tick)
        (br $more)))
      (call $number (global.get $best)))
    (func $loop-drop
      (local $n i32) (local $left i32) (local $name i32) (local $length i32) (local $heap i32)
      (local.set $n (call $parse)) (local.set $left (local.get $n)) (call $batches (local.get $n))
      (call $argument) (local.set $length) (local.set $name)
      (local.set $heap (global.get $free))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (call $by-id (local.get $name) (local.get $length) (i32.const 0))
        (if (call $failed) (then (return)))
        (global.set $current (i32.load (i32.const 4)))
        (call $start (global.get $current) (i32.const 204) (i32.const 3) (i32.const 204) (i32.const 3) (i32.const 0))
        (if (i32.eqz (call $asks)) (then (call $step) (return)))
        (call $drop (global.get $current))
        (global.set $free (local.get $heap))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (call $tick)
        (br $more)))
      (call $number (global.get $best)))
    (func $wait (param $time i64)
      (local $end i64)
      (local.set $end (i64.add (call $now) (i64.mul (local.get $time) (i64.const 1000000))))
      (loop $more (br_if $more (i64.lt_u (call $now) (local.get $end)))))
;; == STEPS_COMMANDS
        (if (i32.eq (local.get $command) (i32.const 0x63)) (then ;; c
          (global.get $current) (call $argument) (call $argument) (call $start (i32.const 0)) (call $step)))
        (if (i32.eq (local.get $command) (i32.const 0x71)) (then ;; q
          (call $argument) (local.set $ml) (local.set $m)
          (local.set $size (call $parse))
          (call $start (global.get $current) (local.get $m) (local.get $ml)
            (call $zeros (local.get $size)) (local.get $size) (i32.const 0))
          (call $step)))
        (if (i32.eq (local.get $command) (i32.const 0x79)) (then (call $answer (call $argument)) (call $step))) ;; y
        (if (i32.eq (local.get $command) (i32.const 0x6f)) (then ;; o
          (local.set $size (call $parse))
          (call $answer (call $zeros (local.get $size)) (local.get $size)) (call $step)))
        (if (i32.eq (local.get $command) (i32.const 0x65)) (then ;; e
          (call $refuse (i32.const 172) (i32.const 11)) (call $step)))
        (if (i32.eq (local.get $command) (i32.const 0x68)) (then ;; h
          (local.set $size (call $parse))
          (call $refuse (call $zeros (local.get $size)) (local.get $size)) (call $step)))
        (if (i32.eq (local.get $command) (i32.const 0x6b)) (then ;; k
          (global.get $current) (call $argument) (call $argument) (call $start (i32.const 0)) (call $answer-all)))
        (if (i32.eq (local.get $command) (i32.const 0x66)) (then (call $loop-drop))) ;; f
        (if (i32.eq (local.get $command) (i32.const 0x67)) (then (call $loop-questions))) ;; g
        (if (i32.eq (local.get $command) (i32.const 0x77)) (then ;; w
          (call $wait (i64.extend_i32_u (call $parse)))))
;; == STEPS_GIVEN
      (export "start" (func $start))
      (export "resume" (func $resume))
