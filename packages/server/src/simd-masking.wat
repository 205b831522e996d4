;; What simd-masking.ts has as bytes: `npm run unit -- simd-masking` says so where the two are not the same.
(module
  (memory (export "memory") 2)

  ;; XORs [0, $end) of the memory with a key of four bytes, 64 bytes a turn: beyond $end it may go on up to 63 bytes.
  (func (export "mask") (param $end i32) (param $key i32)
    (local $at i32)
    (local $keys v128)
    (local.set $keys (i32x4.splat (local.get $key)))
    (loop $next
      (v128.store (local.get $at) (v128.xor (v128.load (local.get $at)) (local.get $keys)))
      (v128.store offset=16 (local.get $at) (v128.xor (v128.load offset=16 (local.get $at)) (local.get $keys)))
      (v128.store offset=32 (local.get $at) (v128.xor (v128.load offset=32 (local.get $at)) (local.get $keys)))
      (v128.store offset=48 (local.get $at) (v128.xor (v128.load offset=48 (local.get $at)) (local.get $keys)))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))
