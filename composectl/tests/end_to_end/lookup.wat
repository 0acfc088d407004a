;; Looks up its second argument (the first is its name), and ends with 0, or with 1 and the code of the error.
(component
  (import "wasi:cli/exit@0.2.12" (instance $exit
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:sockets/network@0.2.0" (instance $network
    (export "network" (type (sub resource)))
    (type $error-code' (enum
      "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit"
      "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused" "connection-reset"
      "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure"
      "permanent-resolver-failure"))
    (export "error-code" (type (eq $error-code')))))
  (alias export $network "network" (type $net))
  (alias export $network "error-code" (type $error))
  (import "wasi:sockets/instance-network@0.2.0" (instance $instance-network
    (alias outer 1 $net (type $outer-net))
    (export "network" (type $network (eq $outer-net)))
    (export "instance-network" (func (result (own $network))))))
  (import "wasi:sockets/ip-name-lookup@0.2.0" (instance $lookup
    (alias outer 1 $net (type $outer-net))
    (alias outer 1 $error (type $outer-error))
    (export "network" (type $network (eq $outer-net)))
    (export "error-code" (type $error-code (eq $outer-error)))
    (export "resolve-address-stream" (type $stream (sub resource)))
    (export "resolve-addresses" (func (param "network" (borrow $network)) (param "name" string)
      (result (result (own $stream) (error $error-code)))))))
  (core module $memory-module
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $new) (local.get $size)))
      (local.get $new)))
  (core instance $memory (instantiate $memory-module))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $exit-with-code (canon lower (func $exit "exit-with-code")))
  (core func $get-arguments (canon lower (func $environment "get-arguments") (memory $mem) (realloc $realloc)))
  (core func $get-network (canon lower (func $instance-network "instance-network")))
  (core func $resolve (canon lower (func $lookup "resolve-addresses") (memory $mem)))
  (core module $program
    (import "memory" "memory" (memory 2))
    (import "wasi" "exit-with-code" (func $code (param i32)))
    (import "wasi" "get-arguments" (func $get-arguments (param i32)))
    (import "wasi" "get-network" (func $get-network (result i32)))
    (import "wasi" "resolve" (func $resolve (param i32 i32 i32 i32)))
    (func (export "run") (result i32)
      (call $get-arguments (i32.const 0))
      (call $resolve (call $get-network) (i32.load offset=8 (i32.load (i32.const 0)))
        (i32.load offset=12 (i32.load (i32.const 0))) (i32.const 16))
      (if (i32.load8_u (i32.const 16))
        (then (call $code (i32.add (i32.const 1) (i32.load8_u (i32.const 20))))))
      (i32.const 0)))
  (core instance $instance (instantiate $program
    (with "memory" (instance $memory))
    (with "wasi" (instance
      (export "exit-with-code" (func $exit-with-code))
      (export "get-arguments" (func $get-arguments))
      (export "get-network" (func $get-network))
      (export "resolve" (func $resolve))))))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $exported)))
