;; CRC-32C, sixteen bytes at a time by tables. packaging/generate/wasm.ts generates crc32c.wasm.ts from it.
(module
  ;; Pages of 64 KB: sixteen tables of 256 words, which crc32c.ts puts there, and one page for the bytes.
  (memory (export "memory") 2 2)

  ;; The CRC before its last inversion, of the bytes in [at, end) after those of `crc`.
  (func (export "update") (param $crc i32) (param $at i32) (param $end i32) (result i32)
    (local $last i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local.set $last (i32.sub (local.get $end) (i32.const 16)))
    (block $rest
      (loop $blocks
        (br_if $rest (i32.gt_s (local.get $at) (local.get $last)))
        (local.set $a (i32.xor (local.get $crc) (i32.load (local.get $at))))
        (local.set $b (i32.load offset=4 (local.get $at)))
        (local.set $c (i32.load offset=8 (local.get $at)))
        (local.set $d (i32.load offset=12 (local.get $at)))
        ;; The first byte has the longest way to the end of the block: the last table is its own.
        (local.set $crc
          (i32.xor
            (i32.xor
              (i32.xor
                (i32.xor
                  (i32.load offset=15360 (i32.and (i32.shl (local.get $a) (i32.const 2)) (i32.const 0x3fc)))
                  (i32.load offset=14336 (i32.and (i32.shr_u (local.get $a) (i32.const 6)) (i32.const 0x3fc))))
                (i32.xor
                  (i32.load offset=13312 (i32.and (i32.shr_u (local.get $a) (i32.const 14)) (i32.const 0x3fc)))
                  (i32.load offset=12288 (i32.and (i32.shr_u (local.get $a) (i32.const 22)) (i32.const 0x3fc)))))
              (i32.xor
                (i32.xor
                  (i32.load offset=11264 (i32.and (i32.shl (local.get $b) (i32.const 2)) (i32.const 0x3fc)))
                  (i32.load offset=10240 (i32.and (i32.shr_u (local.get $b) (i32.const 6)) (i32.const 0x3fc))))
                (i32.xor
                  (i32.load offset=9216 (i32.and (i32.shr_u (local.get $b) (i32.const 14)) (i32.const 0x3fc)))
                  (i32.load offset=8192 (i32.and (i32.shr_u (local.get $b) (i32.const 22)) (i32.const 0x3fc))))))
            (i32.xor
              (i32.xor
                (i32.xor
                  (i32.load offset=7168 (i32.and (i32.shl (local.get $c) (i32.const 2)) (i32.const 0x3fc)))
                  (i32.load offset=6144 (i32.and (i32.shr_u (local.get $c) (i32.const 6)) (i32.const 0x3fc))))
                (i32.xor
                  (i32.load offset=5120 (i32.and (i32.shr_u (local.get $c) (i32.const 14)) (i32.const 0x3fc)))
                  (i32.load offset=4096 (i32.and (i32.shr_u (local.get $c) (i32.const 22)) (i32.const 0x3fc)))))
              (i32.xor
                (i32.xor
                  (i32.load offset=3072 (i32.and (i32.shl (local.get $d) (i32.const 2)) (i32.const 0x3fc)))
                  (i32.load offset=2048 (i32.and (i32.shr_u (local.get $d) (i32.const 6)) (i32.const 0x3fc))))
                (i32.xor
                  (i32.load offset=1024 (i32.and (i32.shr_u (local.get $d) (i32.const 14)) (i32.const 0x3fc)))
                  (i32.load offset=0 (i32.and (i32.shr_u (local.get $d) (i32.const 22)) (i32.const 0x3fc))))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $blocks)))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_s (local.get $at) (local.get $end)))
        (local.set $crc
          (i32.xor
            (i32.shr_u (local.get $crc) (i32.const 8))
            (i32.load (i32.and
              (i32.shl (i32.xor (local.get $crc) (i32.load8_u (local.get $at))) (i32.const 2))
              (i32.const 0x3fc)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (local.get $crc)))
