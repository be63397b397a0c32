;; Finds markers in entropy-coded JPEG data, sixty-four bytes at a time. packaging/generate/wasm.ts compiles it to scan.wasm.ts.
(module
  ;; Pages of 64 KB: four as the read buffer of sockets, one for copies of other bytes, one behind it for reading past its end.
  (memory (export "memory") 6 6)

  ;; Position of the FF of the first marker in [at, end); end when there is none. The byte at end is read, too.
  (func (export "scan") (param $at i32) (param $end i32) (result i32)
    (local $last i32)
    (local.set $last (i32.sub (local.get $end) (i32.const 64)))
    (loop $blocks
      (if (i32.le_s (local.get $at) (local.get $last))
        (then
          ;; Nearly every FF is followed by a stuffed zero. With any other byte, the block is checked byte by byte.
          (if (v128.any_true
                (v128.or
                  (v128.or
                    (v128.andnot
                      (i8x16.eq (v128.load (local.get $at)) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
                      (i8x16.eq (v128.load offset=1 (local.get $at)) (v128.const i64x2 0 0)))
                    (v128.andnot
                      (i8x16.eq (v128.load offset=16 (local.get $at)) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
                      (i8x16.eq (v128.load offset=17 (local.get $at)) (v128.const i64x2 0 0))))
                  (v128.or
                    (v128.andnot
                      (i8x16.eq (v128.load offset=32 (local.get $at)) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
                      (i8x16.eq (v128.load offset=33 (local.get $at)) (v128.const i64x2 0 0)))
                    (v128.andnot
                      (i8x16.eq (v128.load offset=48 (local.get $at)) (v128.const i8x16 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1))
                      (i8x16.eq (v128.load offset=49 (local.get $at)) (v128.const i64x2 0 0))))))
            (then
              (if (i32.ne (call $bytewise (local.get $at) (i32.add (local.get $at) (i32.const 64)))
                          (i32.add (local.get $at) (i32.const 64)))
                (then (return (call $bytewise (local.get $at) (local.get $end)))))))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (br $blocks))))
    (call $bytewise (local.get $at) (local.get $end)))

  ;; The same, one byte at a time. Stuffed zeros and restart markers (D0 to D7) belong to the data: T.81, B.1.1.5.
  (func $bytewise (param $at i32) (param $end i32) (result i32)
    (local $code i32)
    (loop $bytes
      (if (i32.ge_s (local.get $at) (local.get $end))
        (then (return (local.get $end))))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0xff))
        (then
          (local.set $code (i32.load8_u offset=1 (local.get $at)))
          (if (i32.and
                (i32.ne (local.get $code) (i32.const 0))
                (i32.ne (i32.and (local.get $code) (i32.const 0xf8)) (i32.const 0xd0)))
            (then (return (local.get $at))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $bytes))
    (unreachable))
)
