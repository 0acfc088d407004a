(module
  (tag $t (param i32))
  (func $guilty
    i32.const 1
    try (param i32)
      drop
    catch_all
    end))
