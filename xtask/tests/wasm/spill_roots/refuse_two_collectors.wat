;; Two static functions of different files may have one name.
(module
  (memory 1)
  (global (mut i32) (i32.const 1024))
  (func)
  (func)
  (@custom "name" "\01\19\02\00\0agc_collect\01\0agc_collect"))
