(module
  (tag $t (param i32))
  (func $guilty
    try
      nop
    catch $t
      drop
    catch_all
    end))
