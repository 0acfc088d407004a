#[rustfmt::skip]
#[path = "../gen/cap.rs"]
mod bindings;

use std::cell::{Cell, RefCell};

use bindings::exports::test::resources::api::{
    Counter, CounterBorrow, Either, Guest, GuestCounter, GuestLog, Named,
};

thread_local! {
    static COUNTERS: Cell<u32> = const { Cell::new(0) };
    static LOGS: Cell<u32> = const { Cell::new(0) };
}

struct Cap;
bindings::export!(Cap);

struct ACounter {
    name: String,
    value: Cell<i64>,
}

impl ACounter {
    fn handle(name: String, value: i64) -> Counter {
        COUNTERS.set(COUNTERS.get() + 1);
        Counter::new(ACounter { name, value: Cell::new(value) })
    }
}

impl Drop for ACounter {
    fn drop(&mut self) {
        COUNTERS.set(COUNTERS.get() - 1);
    }
}

fn value(counter: &Counter) -> i64 {
    counter.get::<ACounter>().value.get()
}

impl GuestCounter for ACounter {
    fn new(name: String, start: i64) -> ACounter {
        COUNTERS.set(COUNTERS.get() + 1);
        ACounter { name, value: Cell::new(start) }
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn add(&self, amount: i64) -> i64 {
        self.value.set(self.value.get() + amount);
        self.value.get()
    }

    fn clone(&self) -> Counter {
        ACounter::handle(self.name.clone(), self.value.get())
    }

    fn create(name: String) -> Result<Counter, String> {
        match name.is_empty() {
            true => Err("a counter needs a name".to_owned()),
            false => Ok(ACounter::handle(name, 0)),
        }
    }

    fn finish(counter: Counter) -> i64 {
        // Out of its handle, and dropped here.
        counter.into_inner::<ACounter>().value.get()
    }

    fn merge(&self, other: CounterBorrow<'_>) -> i64 {
        self.add(other.get::<ACounter>().value.get())
    }
}

struct ALog {
    lines: RefCell<Vec<String>>,
    kept: RefCell<Vec<Counter>>,
}

impl Drop for ALog {
    fn drop(&mut self) {
        LOGS.set(LOGS.get() - 1);
    }
}

impl GuestLog for ALog {
    fn new() -> ALog {
        LOGS.set(LOGS.get() + 1);
        ALog { lines: RefCell::default(), kept: RefCell::default() }
    }

    fn write(&self, line: String) {
        self.lines.borrow_mut().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    fn keep(&self, counter: Counter) {
        self.kept.borrow_mut().push(counter);
    }

    fn kept(&self) -> Vec<i64> {
        self.kept.borrow().iter().map(value).collect()
    }
}

impl Guest for Cap {
    type Counter = ACounter;
    type Log = ALog;

    /// Counters with the values 0, 1, ..
    fn several(names: Vec<String>) -> Vec<Named> {
        let named = |(value, name): (i64, String)| Named {
            name: name.clone(),
            counter: ACounter::handle(name, value),
        };
        (0..).zip(names).map(named).collect()
    }

    fn sum(counters: Vec<CounterBorrow<'_>>) -> i64 {
        counters.iter().map(|counter| counter.get::<ACounter>().value.get()).sum()
    }

    fn maybe(make: bool) -> Option<Counter> {
        make.then(|| ACounter::handle("maybe".to_owned(), 1))
    }

    fn pass(counter: Counter) -> Counter {
        counter
    }

    fn absorb(named: Vec<Named>, spare: Option<Counter>) -> i64 {
        named.iter().map(|named| &named.counter).chain(&spare).map(value).sum()
    }

    /// A counter for a name, and the name for a counter.
    fn choose(either: Either) -> Either {
        match either {
            Either::Name(name) => Either::Counter(ACounter::handle(name, 0)),
            Either::Counter(counter) => Either::Name(counter.get::<ACounter>().name.clone()),
        }
    }

    fn add_all(
        amounts: Vec<(CounterBorrow<'_>, i64)>,
        last: Option<CounterBorrow<'_>>,
    ) -> Option<String> {
        for (counter, amount) in amounts {
            counter.get::<ACounter>().add(amount);
        }
        Some(last?.get::<ACounter>().name.clone())
    }

    fn live_counters() -> u32 {
        COUNTERS.get()
    }

    fn pages() -> u32 {
        core::arch::wasm32::memory_size(0) as u32
    }

    fn live_logs() -> u32 {
        LOGS.get()
    }
}
