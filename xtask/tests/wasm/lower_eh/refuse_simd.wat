(module
  (func $guilty
    v128.const i64x2 0 0
    drop))
