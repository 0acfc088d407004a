;; A provider whose `handle` is filled in by each test. What a body can use:
;;
;;   $ok ptr len            the result of a call: these bytes
;;   $fail                  the result of a call: the error `its-own-code`, "its message", "its context"
;;   $resolve, $invoke, $drop   if it imports the linker; the first two leave the result at 0, in the same shape
;;   32..., 256...          free memory; arguments lie where `realloc` put them, from 65536
;;
;; `$handle` has the parameters $method, $method-length, $payload and $length, and
;; returns where the result lies. The call `session` at its start is answered with `not-implemented`.
(component
IMPORTS
  (core module $memory-module
    (memory (export "memory") MEMORY)
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
LOWERED
  (core module $provider
    (import "memory" "memory" (memory MEMORY))
    (import "memory" "free" (global $free (mut i32)))
    CORE_IMPORTS
    (data (i32.const 160) "its-own-codeits messageits contextnot-implementedsession")
    (func $ok (param $at i32) (param $length i32) (result i32)
      (i32.store (i32.const 0) (i32.const 0))
      (i32.store (i32.const 4) (local.get $at))
      (i32.store (i32.const 8) (local.get $length))
      (i32.const 0))
    (func $error (param $code i32) (param $length i32) (result i32)
      (i32.store (i32.const 0) (i32.const 1))
      (i32.store (i32.const 4) (local.get $code))
      (i32.store (i32.const 8) (local.get $length))
      (i32.store (i32.const 12) (i32.const 172))
      (i32.store (i32.const 16) (i32.const 11))
      (i32.store (i32.const 20) (i32.const 1))
      (i32.store (i32.const 24) (i32.const 183))
      (i32.store (i32.const 28) (i32.const 11))
      (i32.const 0))
    (func $fail (result i32) (call $error (i32.const 160) (i32.const 12)))
    (func $is-session (param $method i32) (param $length i32) (result i32)
      (if (i32.ne (local.get $length) (i32.const 7)) (then (return (i32.const 0))))
      (i64.eq (i64.and (i64.load (local.get $method)) (i64.const 0xffffffffffffff))
        (i64.and (i64.load (i32.const 209)) (i64.const 0xffffffffffffff))))
    BESIDE
    (func $handle (param $method i32) (param $method-length i32) (param $payload i32) (param $length i32) (result i32)
      BODY)
    (func (export "handle") (param i32 i32 i32 i32) (result i32)
      (if (result i32) (call $is-session (local.get 0) (local.get 1))
        (then SESSION)
        (else (call $handle (local.get 0) (local.get 1) (local.get 2) (local.get 3)))))
    (func (export "done") (param i32) (global.set $free (i32.const 65536))))
  (core instance $instance (instantiate $provider
    (with "memory" (instance $memory)) WITH))
  (type $error (record (field "code" string) (field "message" string) (field "context" (option string))))
  (func $handle (param "method" string) (param "payload" (list u8)) (result (result (list u8) (error $error)))
    (canon lift (core func $instance "handle") (memory $mem) (realloc $realloc)
      (post-return (core func $instance "done"))))
  (component $shim
    (type $error' (record (field "code" string) (field "message" string) (field "context" (option string))))
    (import "error" (type $error (eq $error')))
    (import "handle" (func $handle (param "method" string) (param "payload" (list u8))
      (result (result (list u8) (error $error)))))
    (export $exported "error" (type $error'))
    (export "handle" (func $handle) (func (param "method" string) (param "payload" (list u8))
      (result (result (list u8) (error $exported))))))
  (instance $endpoint (instantiate $shim (with "error" (type $error)) (with "handle" (func $handle))))
  (export "EXPORT" (instance $endpoint)))
