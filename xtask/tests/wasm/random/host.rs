//! Running modules in wasmi, with a collector that frees what the stack does not show.

use std::collections::BTreeSet;

use wasmi::{Caller, Engine, Linker, Memory, Module, Store};

use super::{HEAP, OBJECT, Observed, STACK_TOP};

/// The objects that there are.
#[derive(Default)]
struct Heap {
    /// How many were allocated.
    count: u32,
    /// Those that were not freed.
    live: BTreeSet<u32>,
    trace: Vec<i32>,
    /// The message of the first use of a freed object.
    fault: Option<String>,
}

/// Whether garbage is collected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Collector {
    Off,
    /// At each allocation, everything that cannot be reached from the stack is freed, poisoned, and
    /// never given out again.
    EachAllocation,
}

/// Runs `wasm`, a module like those that [`emit`](super::emit) writes, after lowering. An error is
/// a trap that is no uncaught exception, or a use of a freed object.
pub fn run(wasm: &[u8], collector: Collector) -> Result<Observed, String> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).map_err(|error| error.to_string())?;
    let mut store = Store::new(&engine, Heap::default());
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("host", "allocate", |mut caller: Caller<Heap>| -> u32 {
            let heap = caller.data_mut();
            heap.count += 1;
            let object = HEAP + heap.count * OBJECT;
            heap.live.insert(object);
            object
        })
        .unwrap();
    linker
        .func_wrap("host", "use", |mut caller: Caller<Heap>, object: u32| {
            let heap = caller.data_mut();
            heap.trace.push(object as i32);
            if object != 0 && !heap.live.contains(&object) && heap.fault.is_none() {
                heap.fault = Some(format!("object {object:#x} is used and was freed"));
            }
        })
        .unwrap();
    linker
        .func_wrap("host", "log", |mut caller: Caller<Heap>, number: i32| {
            caller.data_mut().trace.push(number);
        })
        .unwrap();
    linker
        .func_wrap("host", "collect", move |mut caller: Caller<Heap>, stack_pointer: u32| {
            if collector == Collector::EachAllocation {
                collect(&mut caller, stack_pointer);
            }
        })
        .unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let function = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
    let outcome = function.call(&mut store, ());
    if let Some(fault) = store.data_mut().fault.take() {
        return Err(fault);
    }
    let result = match outcome {
        Ok(result) => Some(result),
        // An uncaught exception.
        Err(error) if error.as_trap_code() == Some(wasmi::TrapCode::UnreachableCodeReached) => None,
        Err(error) => return Err(error.to_string()),
    };
    let stack_pointer = instance.get_global(&store, "stack_pointer").unwrap().get(&store);
    if stack_pointer.i32() != Some(STACK_TOP as i32) {
        return Err(format!("the stack pointer ends as {stack_pointer:?}"));
    }
    Ok(Observed { result, trace: std::mem::take(&mut store.data_mut().trace) })
}

fn collect(caller: &mut Caller<Heap>, stack_pointer: u32) {
    let memory: Memory = caller.get_export("memory").unwrap().into_memory().unwrap();
    let (bytes, heap) = memory.data_and_store_mut(caller);
    let word = |address: u32| {
        let bytes = &bytes[address as usize..address as usize + 4];
        u32::from_le_bytes(bytes.try_into().unwrap())
    };
    // Roots: the words of the stack, and the fields of what null points to.
    let mut queue: Vec<u32> = (stack_pointer..STACK_TOP).step_by(4).map(word).collect();
    queue.extend([word(0), word(4)]);
    let mut reached = BTreeSet::new();
    while let Some(object) = queue.pop() {
        if heap.live.contains(&object) && reached.insert(object) {
            queue.extend([word(object), word(object + 4)]);
        }
    }
    for object in heap.live.difference(&reached) {
        bytes[*object as usize..(object + OBJECT) as usize].fill(0xee);
    }
    heap.live = reached;
}
