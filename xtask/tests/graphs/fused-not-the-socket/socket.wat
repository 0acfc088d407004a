(component
  (import "demo:zlib/api@0.1.0" (instance (export "run" (func))))
  ;; Core types of a component's own are what the pass does not know.
  (core type (func))
  (core module $m (func (export "run")))
  (core instance $i (instantiate $m))
  (func $run (canon lift (core func $i "run")))
  (instance $api (export "run" (func $run)))
  (export "run" (func $run))
)
