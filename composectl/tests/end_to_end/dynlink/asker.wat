;; The parts of `provider.wat` that ask. What a body can use besides:
;;
;;   $ask, $reply              leave the outcome at 64
;;   $converse method payload  asks, and has $handle answer what the consumer calls first; whether that failed
;;   $answered                 the result of a call: what the last question came to
;; == ASKER_IMPORTS
  (import "compose:dynlink/consumer@0.1.1" (instance $consumer
    (type $error' (record (field "code" string) (field "message" string) (field "context" (option string))))
    (export "error" (type $error (eq $error')))
    (type $question' (record (field "method" string) (field "payload" (list u8))))
    (export "question" (type $question (eq $question')))
    (type $outcome' (variant (case "done" (list u8)) (case "call" $question)))
    (export "outcome" (type $outcome (eq $outcome')))
    (export "ask" (func (param "method" string) (param "payload" (list u8))
      (result (result $outcome (error $error)))))
    (export "reply" (func (param "reply" (result (list u8) (error $error)))
      (result (result $outcome (error $error)))))))
;; == ASKER_LOWERED
  (core func $ask (canon lower (func $consumer "ask") (memory $mem) (realloc $realloc)))
  (core func $reply (canon lower (func $consumer "reply") (memory $mem) (realloc $realloc)))
;; == ASKER_CORE
    (import "consumer" "ask" (func $ask (param i32 i32 i32 i32 i32)))
    (import "consumer" "reply" (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
;; == ASKER_WITH
    (with "consumer" (instance (export "ask" (func $ask)) (export "reply" (func $reply))))
;; == ASKER_BESIDE
    (func $converse (param $method i32) (param $method-length i32) (param $payload i32) (param $length i32) (result i32)
      (local $result i32)
      (call $ask (local.get $method) (local.get $method-length) (local.get $payload) (local.get $length) (i32.const 64))
      (block $over (loop $again
        (br_if $over (i32.load8_u (i32.const 64)))
        (br_if $over (i32.eqz (i32.load8_u (i32.const 68))))
        (local.set $result (call $handle (i32.load (i32.const 72)) (i32.load (i32.const 76))
          (i32.load (i32.const 80)) (i32.load (i32.const 84))))
        (call $reply (i32.load8_u (local.get $result)) (i32.load offset=4 (local.get $result))
          (i32.load offset=8 (local.get $result)) (i32.load offset=12 (local.get $result))
          (i32.load offset=16 (local.get $result)) (i32.load8_u offset=20 (local.get $result))
          (i32.load offset=24 (local.get $result)) (i32.load offset=28 (local.get $result)) (i32.const 64))
        (br $again)))
      (i32.load8_u (i32.const 64)))
    (func $answered (result i32)
      (if (result i32) (i32.load8_u (i32.const 64))
        (then (memory.copy (i32.const 0) (i32.const 64) (i32.const 32)) (i32.const 0))
        (else (call $ok (i32.load (i32.const 72)) (i32.load (i32.const 76))))))
    (func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0))))
    (func $is (param $method i32) (param $letter i32) (result i32)
      (i32.eq (i32.load8_u (local.get $method)) (local.get $letter)))
;; == ASKER_BODY
    (local $free-before i32) (local $left i32)
    (if (call $is (local.get $method) (i32.const 0x45)) ;; E: echoes
      (then (return (call $ok (local.get $payload) (local.get $length)))))
    (if (call $is (local.get $method) (i32.const 0x46)) (then (return (call $fail)))) ;; F: fails
    (if (call $is (local.get $method) (i32.const 0x54)) (then unreachable)) ;; T: traps
    (if (call $is (local.get $method) (i32.const 0x4c)) ;; L: a reply of 101 bytes
      (then (return (call $ok (i32.const 300) (i32.const 101)))))
    (if (call $is (local.get $method) (i32.const 0x52)) (then ;; R: replies to nothing
      (call $reply (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 64))
      (return (call $answered))))
    (if (call $is (local.get $method) (i32.const 0x51)) (then ;; Q: a question of 101 bytes
      (drop (call $converse (local.get $method) (i32.const 1) (i32.const 300) (i32.const 101)))
      (return (call $answered))))
    (if (call $is (local.get $method) (i32.const 0x4f)) (then ;; O: returns, whatever comes of its question
      (call $ask (local.get $method) (i32.const 1) (local.get $payload) (local.get $length) (i32.const 64))
      (return (call $ok (i32.const 300) (i32.const 0)))))
    (if (call $is (local.get $method) (i32.const 0x6d)) (then ;; m: asks for ever
      (local.set $free-before (global.get $free))
      (loop $more
        (drop (call $converse (local.get $method) (i32.const 1) (local.get $payload) (local.get $length)))
        (global.set $free (local.get $free-before))
        (br $more))))
    (if (call $is (local.get $method) (i32.const 0x6e)) (then ;; n: asks a thousand times for each byte of its payload
      (local.set $free-before (global.get $free))
      (local.set $left (i32.mul (local.get $length) (i32.const 1000)))
      (loop $more
        (if (call $converse (local.get $method) (i32.const 1) (local.get $payload) (i32.const 1))
          (then (return (call $answered))))
        (global.set $free (local.get $free-before))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (return (call $ok (local.get $payload) (i32.const 1)))))
    (drop (call $converse (local.get $method) (local.get $method-length) (local.get $payload) (local.get $length)))
    (if (call $is (local.get $method) (i32.const 0x74)) (then unreachable)) ;; t: asks, then traps
    (if (call $is (local.get $method) (i32.const 0x73)) (then (loop $spin (br $spin)))) ;; s: asks, then spins
    (if (call $is (local.get $method) (i32.const 0x64)) (then (drop (call $down (i32.const 0))))) ;; d: asks, then recurses
    (if (call $is (local.get $method) (i32.const 0x67)) ;; g: asks, then allocates
      (then (loop $more (br_if $more (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) unreachable))
    (call $answered)
