;; What raw guests share. A form from here joins a guest that names its `$id`,
;; or that leaves out an export it stands for; what the guest defines itself
;; stays as the guest has it.
;;
;; Where things are in a guest's memory:
;;
;;       0 ..    16   zeros: `ok`, as initialize answers
;;      16 ..    64   what execute answers
;;      64 ..   128   what a host call answers
;;     128 ..   512   words and digits of this file
;;    1024 .. 32768   the guest's own
;;   32768 ..         what cabi_realloc gives out

;; The contract.

(import "sentinel:agent/log@VERSION" "emit"
  (func $emit (param i32 i32 i32)))
(import "sentinel:agent/progress@VERSION" "report"
  (func $progress (param i32 i32 i32 i32)))
(import "sentinel:agent/input@VERSION" "list"
  (func $input-list (param i32)))
(import "sentinel:agent/workspace@VERSION" "list"
  (func $workspace-list (param i32 i32 i32 i32 i32)))

;; Since 0.1.1.

(import "sentinel:agent/runner@VERSION" "commands"
  (func $runner-commands (param i32)))
(import "sentinel:agent/runner@VERSION" "run"
  (func $runner-run (param i32 i32 i32 i32 i32)))
(import "sentinel:agent/model@VERSION" "complete"
  (func $model-complete (param i32 i32 i32 i32 i32)))
(import "sentinel:agent/history@VERSION" "list"
  (func $history-list (param i32 i32)))

;; WASI.

(import "wasi:cli/environment@0.2.6" "get-environment"
  (func $get-environment (param i32)))
(import "wasi:cli/environment@0.2.6" "get-arguments"
  (func $get-arguments (param i32)))
(import "wasi:cli/environment@0.2.6" "initial-cwd"
  (func $initial-cwd (param i32)))
(import "wasi:cli/exit@0.2.6" "exit"
  (func $exit (param i32)))
(import "wasi:cli/stdin@0.2.6" "get-stdin"
  (func $get-stdin (result i32)))
(import "wasi:cli/stdout@0.2.6" "get-stdout"
  (func $get-stdout (result i32)))
(import "wasi:cli/stderr@0.2.6" "get-stderr"
  (func $get-stderr (result i32)))
(import "wasi:clocks/monotonic-clock@0.2.6" "now"
  (func $now (result i64)))
(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration"
  (func $subscribe-duration (param i64) (result i32)))
(import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-instant"
  (func $subscribe-instant (param i64) (result i32)))
(import "wasi:io/poll@0.2.6" "poll"
  (func $poll (param i32 i32 i32)))
(import "wasi:io/poll@0.2.6" "[method]pollable.block"
  (func $block (param i32)))
(import "wasi:io/streams@0.2.6" "[method]input-stream.blocking-read"
  (func $blocking-read (param i32 i64 i32)))
(import "wasi:io/streams@0.2.6" "[method]input-stream.blocking-skip"
  (func $blocking-skip (param i32 i64 i32)))
(import "wasi:io/streams@0.2.6" "[method]input-stream.subscribe"
  (func $stream-subscribe (param i32) (result i32)))
(import "wasi:io/streams@0.2.6" "[resource-drop]input-stream"
  (func $drop-input-stream (param i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write"
  (func $stream-write (param i32 i32 i32 i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
  (func $write-and-flush (param i32 i32 i32 i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.write-zeroes"
  (func $write-zeroes (param i32 i64 i32)))
(import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-splice"
  (func $blocking-splice (param i32 i32 i64 i32)))
(import "wasi:random/random@0.2.6" "get-random-bytes"
  (func $random (param i64 i32)))
(import "wasi:random/insecure@0.2.6" "get-insecure-random-bytes"
  (func $insecure-random (param i64 i32)))
(import "wasi:sockets/instance-network@0.2.6" "instance-network"
  (func $network (result i32)))
(import "wasi:sockets/ip-name-lookup@0.2.6" "resolve-addresses"
  (func $resolve-addresses (param i32 i32 i32 i32)))
(import "wasi:sockets/tcp-create-socket@0.2.6" "create-tcp-socket"
  (func $create-tcp-socket (param i32 i32)))
(import "wasi:sockets/udp-create-socket@0.2.6" "create-udp-socket"
  (func $create-udp-socket (param i32 i32)))

;; Files. `$into` is where the answer goes: 64 unless there is a reason.

(import "wasi:filesystem/preopens@0.2.6" "get-directories"
  (func $get-directories (param i32)))
(import "wasi:filesystem/types@0.2.6" "[resource-drop]descriptor"
  (func $drop-descriptor (param i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.open-at"
  (func $open-at (param i32 i32 i32 i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.read"
  (func $read (param i32 i64 i64 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.write"
  (func $write (param i32 i32 i32 i64 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.read-via-stream"
  (func $read-via-stream (param i32 i64 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.write-via-stream"
  (func $write-via-stream (param i32 i64 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.append-via-stream"
  (func $append-via-stream (param i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.advise"
  (func $advise (param i32 i64 i64 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.set-size"
  (func $set-size (param i32 i64 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.set-times"
  (func $set-times (param i32 i32 i64 i32 i32 i64 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.read-directory"
  (func $read-directory (param i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.create-directory-at"
  (func $create-directory-at (param i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.remove-directory-at"
  (func $remove-directory-at (param i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.unlink-file-at"
  (func $unlink-file-at (param i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.readlink-at"
  (func $readlink-at (param i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.symlink-at"
  (func $symlink-at (param i32 i32 i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.rename-at"
  (func $rename-at (param i32 i32 i32 i32 i32 i32 i32)))
(import "wasi:filesystem/types@0.2.6" "[method]descriptor.link-at"
  (func $link-at (param i32 i32 i32 i32 i32 i32 i32 i32)))

;; What every component needs.

(memory $memory (export "memory") 1)

(global $heap (mut i32) (i32.const 32768))

;; Gives out what was never given out before, and grows for it.
(func $cabi_realloc (export "cabi_realloc")
  (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and
    (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
    (i32.sub (i32.const 0) (local.get $align))))
  (global.set $heap (i32.add (local.get $at) (local.get $size)))
  (loop $fit
    (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
        (br $fit))))
  (local.get $at))

(func $initialize (export "initialize") (param i32 i32) (result i32)
  (i32.const 0))

(func $execute (export "execute") (param i32) (result i32)
  (i32.store (i32.const 128) (i32.const 0x656e6f64)) ;; "done"
  (call $say (i32.const 128) (i32.const 4)))

(func $cleanup (export "cleanup"))

;; Answers.

;; ok(abstained(text))
(func $say (param $text i32) (param $length i32) (result i32)
  (i32.store (i32.const 16) (i32.const 0))
  (i32.store (i32.const 20) (i32.const 2))
  (i32.store (i32.const 24) (local.get $text))
  (i32.store (i32.const 28) (local.get $length))
  (i32.const 16))

;; ok(abstained(the number in decimal))
(func $say-number (param $number i64) (result i32)
  (local $at i32)
  (local.set $at (i32.const 256))
  (loop $digit
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at)
      (i32.wrap_i64 (i64.add (i64.const 48) (i64.rem_u (local.get $number) (i64.const 10)))))
    (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
    (br_if $digit (i64.ne (local.get $number) (i64.const 0))))
  (call $say (local.get $at) (i32.sub (i32.const 256) (local.get $at))))

;; ok(abstained("ok")), or the number of the error code that lies so many
;; bytes after the answer's beginning.
(func $verdict (param $code i32) (result i32)
  (if (i32.load8_u (i32.const 64))
    (then (return (call $say-number
      (i64.load8_u (i32.add (i32.const 64) (local.get $code)))))))
  (i32.store (i32.const 128) (i32.const 0x6b6f)) ;; "ok"
  (call $say (i32.const 128) (i32.const 2)))

;; err(the kind of agent-error, with this text)
(func $refuse (param $kind i32) (param $text i32) (param $length i32) (result i32)
  (i32.store (i32.const 16) (i32.const 1))
  (i32.store (i32.const 20) (local.get $kind))
  (i32.store (i32.const 24) (local.get $text))
  (i32.store (i32.const 28) (local.get $length))
  (i32.const 16))

;; ok(proposals(one)), all its texts empty and no action in it.
(func $propose (param $confidence f64) (result i32)
  (f64.store (i32.const 536) (local.get $confidence))
  (i32.store (i32.const 16) (i32.const 0))
  (i32.store (i32.const 20) (i32.const 1))
  (i32.store (i32.const 24) (i32.const 512))
  (i32.store (i32.const 28) (i32.const 1))
  (i32.const 16))

;; Directories and files.

;; The directory mounted under a name of so many bytes.
(func $directory (param $length i32) (result i32)
  (local $at i32) (local $left i32)
  (call $get-directories (i32.const 64))
  (local.set $at (i32.load (i32.const 64)))
  (local.set $left (i32.load (i32.const 68)))
  (loop $next
    (if (i32.eqz (local.get $left)) (then (unreachable)))
    (if (i32.eq (i32.load offset=8 (local.get $at)) (local.get $length))
      (then (return (i32.load (local.get $at)))))
    (local.set $at (i32.add (local.get $at) (i32.const 12)))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br $next))
  (unreachable))

;; /workspace, which is there for those who import its interface.
(func $workspace (result i32)
  (call $workspace-list
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64))
  (call $directory (i32.const 10)))

;; Opens a path below /workspace for reading, following symbolic links.
(func $open (param $path i32) (param $length i32)
  (call $open-at (call $workspace) (i32.const 1)
    (local.get $path) (local.get $length) (i32.const 0) (i32.const 1) (i32.const 64)))

;; /workspace/src/lib.rs, open for reading.
(func $lib (result i32)
  (memory.init $lib-path (i32.const 144) (i32.const 0) (i32.const 10))
  (call $open (i32.const 144) (i32.const 10))
  (if (i32.load8_u (i32.const 64)) (then (unreachable)))
  (i32.load (i32.const 68)))

(data $lib-path "src/lib.rs")
