;; A WASI 0.2 command whose program is filled in by each test, near the end, on top of the few calls declared
;; here. The interfaces are subsets of the real ones, which is all that a component needs to import.
;;
;; What a body can use:
;;   $code n                          exit with n
;;   $stdout, $write ptr len          write to stdout (at most 4096 bytes); returns 0, 1 = closed, 2 = failed
;;   $read max                        read stdin to $buffer; returns the count, 0 at the end
;;   $arguments, $environment         print them, one a line (NAME, then VALUE)
;;   $create                          create the file `f` in the first granted folder; returns 0 or 1 + the code
;;   $list                            print the names of the granted folders, one a line
;;   $cwd                             print the initial working folder, or nothing
;;   $socket                          create a TCP socket; returns 0 or 1 + the code
(component
  (import "wasi:cli/exit@0.2.12" (instance $exit
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))
    (export "initial-cwd" (func (result (option string))))))
  (import "wasi:io/error@0.2.0" (instance $io-error
    (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $error (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (export "input-stream" (type $input-stream (sub resource)))
    (export "output-stream" (type $output-stream (sub resource)))
    (type $stream-error' (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]input-stream.blocking-read"
      (func (param "self" (borrow $input-stream)) (param "len" u64)
        (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output-stream)) (param "contents" (list u8))
        (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input-stream))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input-stream (type $outer-stream))
    (export "input-stream" (type $stream (eq $outer-stream)))
    (export "get-stdin" (func (result (own $stream))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $stream))))))
  (import "wasi:filesystem/types@0.2.0" (instance $files
    (export "descriptor" (type $descriptor (sub resource)))
    (type $error-code' (enum
      "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
      "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links"
      "message-size" "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space"
      "not-directory" "not-empty" "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow"
      "not-permitted" "pipe" "read-only" "invalid-seek" "text-file-busy" "cross-device"))
    (export "error-code" (type $error-code (eq $error-code')))
    (type $path-flags' (flags "symlink-follow"))
    (export "path-flags" (type $path-flags (eq $path-flags')))
    (type $open-flags' (flags "create" "directory" "exclusive" "truncate"))
    (export "open-flags" (type $open-flags (eq $open-flags')))
    (type $descriptor-flags' (flags
      "read" "write" "file-integrity-sync" "data-integrity-sync" "requested-write-sync" "mutate-directory"))
    (export "descriptor-flags" (type $descriptor-flags (eq $descriptor-flags')))
    (export "[method]descriptor.open-at"
      (func (param "self" (borrow $descriptor)) (param "path-flags" $path-flags) (param "path" string)
        (param "open-flags" $open-flags) (param "flags" $descriptor-flags)
        (result (result (own $descriptor) (error $error-code)))))))
  (alias export $files "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $outer-descriptor))
    (export "descriptor" (type $descriptor (eq $outer-descriptor)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  (import "wasi:sockets/network@0.2.0" (instance $network
    (type $error-code' (enum
      "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit"
      "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused" "connection-reset"
      "connection-aborted" "datagram-too-large" "name-unresolvable" "temporary-resolver-failure"
      "permanent-resolver-failure"))
    (export "error-code" (type (eq $error-code')))
    (type $family' (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type (eq $family')))))
  (alias export $network "error-code" (type $network-error))
  (alias export $network "ip-address-family" (type $address-family))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp
    (export "tcp-socket" (type (sub resource)))))
  (alias export $tcp "tcp-socket" (type $tcp-socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $tcp-create
    (alias outer 1 $network-error (type $outer-error))
    (alias outer 1 $address-family (type $outer-family))
    (alias outer 1 $tcp-socket (type $outer-socket))
    (export "error-code" (type $error-code (eq $outer-error)))
    (export "ip-address-family" (type $family (eq $outer-family)))
    (export "tcp-socket" (type $socket (eq $outer-socket)))
    (export "create-tcp-socket"
      (func (param "address-family" $family) (result (result (own $socket) (error $error-code)))))))

  ;; The memory comes first: calls that pass strings need it.
  (core module $memory-module
    (memory (export "memory") 4)
    (global $free (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $new i32)
      (local.set $new (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      ;; Reads are the only large ones; they may all go to the same place.
      (if (i32.lt_u (local.get $size) (i32.const 4096))
        (then (global.set $free (i32.add (local.get $new) (local.get $size)))))
      (local.get $new)))
  (core instance $memory (instantiate $memory-module))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $exit-with-code (canon lower (func $exit "exit-with-code")))
  (core func $get-environment (canon lower (func $environment "get-environment") (memory $mem) (realloc $realloc)))
  (core func $get-arguments (canon lower (func $environment "get-arguments") (memory $mem) (realloc $realloc)))
  (core func $initial-cwd (canon lower (func $environment "initial-cwd") (memory $mem) (realloc $realloc)))
  (core func $get-stdin (canon lower (func $stdin "get-stdin")))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $blocking-read
    (canon lower (func $streams "[method]input-stream.blocking-read") (memory $mem) (realloc $realloc)))
  (core func $blocking-write
    (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory $mem)))
  (core func $open-at (canon lower (func $files "[method]descriptor.open-at") (memory $mem)))
  (core func $get-directories
    (canon lower (func $preopens "get-directories") (memory $mem) (realloc $realloc)))
  (core func $create-tcp-socket (canon lower (func $tcp-create "create-tcp-socket") (memory $mem)))

  (core module $program
    (import "memory" "memory" (memory 4))
    (import "wasi" "exit-with-code" (func $code (param i32)))
    (import "wasi" "get-environment" (func $get-environment (param i32)))
    (import "wasi" "get-arguments" (func $get-arguments (param i32)))
    (import "wasi" "initial-cwd" (func $initial-cwd (param i32)))
    (import "wasi" "get-stdin" (func $get-stdin (result i32)))
    (import "wasi" "get-stdout" (func $get-stdout (result i32)))
    (import "wasi" "blocking-read" (func $blocking-read (param i32 i64 i32)))
    (import "wasi" "blocking-write" (func $blocking-write (param i32 i32 i32 i32)))
    (import "wasi" "open-at" (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))
    (import "wasi" "get-directories" (func $get-directories (param i32)))
    (import "wasi" "create-tcp-socket" (func $create-tcp-socket (param i32 i32)))

    (data (i32.const 32) "f")
    (data (i32.const 33) "\n")
    (global $stdin (mut i32) (i32.const -1))
    (global $stdout (mut i32) (i32.const -1))
    (global $buffer (mut i32) (i32.const 0))

    ;; 16 bytes at 0 are where results with several parts are returned.
    (func $write (param $start i32) (param $length i32) (result i32)
      (if (i32.eq (global.get $stdout) (i32.const -1)) (then (global.set $stdout (call $get-stdout))))
      (call $blocking-write (global.get $stdout) (local.get $start) (local.get $length) (i32.const 0))
      (if (result i32) (i32.load8_u (i32.const 0))
        (then (select (i32.const 1) (i32.const 2) (i32.load8_u (i32.const 4))))
        (else (i32.const 0))))
    (func $line (param $start i32) (param $length i32)
      (drop (call $write (local.get $start) (local.get $length)))
      (drop (call $write (i32.const 33) (i32.const 1))))
    (func $read (param $max i64) (result i32)
      (if (i32.eq (global.get $stdin) (i32.const -1)) (then (global.set $stdin (call $get-stdin))))
      (call $blocking-read (global.get $stdin) (local.get $max) (i32.const 0))
      (if (i32.load8_u (i32.const 0)) (then (return (i32.const 0))))
      (global.set $buffer (i32.load (i32.const 4)))
      (i32.load (i32.const 8)))
    ;; Prints the strings of a list whose address and length are at 0.
    (func $lines (param $strings-per-element i32)
      (local $at i32) (local $end i32)
      (local.set $at (i32.load (i32.const 0)))
      (local.set $end (i32.add (local.get $at)
        (i32.mul (i32.load (i32.const 4)) (i32.mul (i32.const 8) (local.get $strings-per-element)))))
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (call $line (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next))))
    (func $arguments (call $get-arguments (i32.const 0)) (call $lines (i32.const 1)))
    (func $environment (call $get-environment (i32.const 0)) (call $lines (i32.const 2)))
    (func $list (local $at i32) (local $left i32)
      (call $get-directories (i32.const 0))
      (local.set $at (i32.load (i32.const 0)))
      (local.set $left (i32.load (i32.const 4)))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (call $line (i32.load offset=4 (local.get $at)) (i32.load offset=8 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next))))
    (func $cwd
      (call $initial-cwd (i32.const 0))
      (if (i32.load8_u (i32.const 0))
        (then (call $line (i32.load (i32.const 4)) (i32.load (i32.const 8))))))
    (func $create (result i32)
      (call $get-directories (i32.const 0))
      (if (i32.eqz (i32.load (i32.const 4))) (then (return (i32.const 100))))
      (call $open-at (i32.load (i32.load (i32.const 0))) (i32.const 0) (i32.const 32) (i32.const 1)
        (i32.const 1) (i32.const 3) (i32.const 0))
      (if (result i32) (i32.load8_u (i32.const 0))
        (then (i32.add (i32.const 1) (i32.load8_u (i32.const 4))))
        (else (i32.const 0))))
    (func $socket (result i32)
      (call $create-tcp-socket (i32.const 0) (i32.const 0))
      (if (result i32) (i32.load8_u (i32.const 0))
        (then (i32.add (i32.const 1) (i32.load8_u (i32.const 4))))
        (else (i32.const 0))))
    BODY
  )
  (core instance $instance (instantiate $program
    (with "memory" (instance $memory))
    (with "wasi" (instance
      (export "exit-with-code" (func $exit-with-code))
      (export "get-environment" (func $get-environment))
      (export "get-arguments" (func $get-arguments))
      (export "initial-cwd" (func $initial-cwd))
      (export "get-stdin" (func $get-stdin))
      (export "get-stdout" (func $get-stdout))
      (export "blocking-read" (func $blocking-read))
      (export "blocking-write" (func $blocking-write))
      (export "open-at" (func $open-at))
      (export "get-directories" (func $get-directories))
      (export "create-tcp-socket" (func $create-tcp-socket))))))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $exported)))
