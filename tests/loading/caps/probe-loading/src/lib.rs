//! Notes, for `pylon.load`.

#[allow(clippy::all, reason = "it is generated")]
#[rustfmt::skip]
#[path = "../gen/probe_loading_cap.rs"]
mod bindings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bindings::exports::probe::loading::notes::{
    Content, Guest, GuestNote, Marks, Note, NoteBorrow, Problem, Weight,
};

struct Cap;
bindings::export!(Cap);

thread_local!(static LIVE: Cell<u32> = const { Cell::new(0) });

/// The most bytes of a content.
const MOST: usize = 1000;

struct State {
    title: String,
    marks: Marks,
    content: RefCell<Content>,
}

impl State {
    fn new(title: String, marks: Marks, content: Content) -> State {
        LIVE.set(LIVE.get() + 1);
        State { title, marks, content: RefCell::new(content) }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

fn length(content: &Content) -> usize {
    match content {
        Content::Empty => 0,
        Content::Text(text) => text.len(),
        Content::Octets(octets) => octets.len(),
        Content::Area(size) => (size.width * size.height) as usize,
    }
}

impl GuestNote for State {
    fn new(title: String, marks: Option<Marks>) -> State {
        State::new(title, marks.unwrap_or(Marks::empty()), Content::Empty)
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn content(&self) -> Content {
        self.content.borrow().clone()
    }

    fn set(&self, content: Content, weight: Weight) -> Result<Content, Problem> {
        if self.marks.contains(Marks::READ_ONLY) {
            return Err(Problem::ReadOnly);
        }
        if length(&content) > MOST {
            return Err(Problem::TooLong((length(&content) - MOST) as u64));
        }
        match (&content, weight) {
            (Content::Empty, Weight::Heavy) => Err(Problem::Unlike((content, weight))),
            _ => Ok(self.content.replace(content)),
        }
    }

    fn join(one: Note, other: Note) -> Result<Note, Problem> {
        let (one, other): (State, State) = (one.into_inner(), other.into_inner());
        let content = match (one.content(), other.content()) {
            (Content::Text(one), Content::Text(other)) => Content::Text(one + &other),
            (_, other) => return Err(Problem::Unlike((other, Weight::Light))),
        };
        let title = format!("{} and {}", one.title, other.title);
        Ok(Note::new(State::new(title, one.marks | other.marks, content)))
    }

    fn is_longer(&self, from: NoteBorrow<'_>) -> bool {
        length(&self.content()) > length(&from.get::<State>().content())
    }

    fn live() -> u32 {
        LIVE.get()
    }
}

impl Guest for Cap {
    type Note = State;

    fn count(text: String, at_least: Option<u32>) -> Vec<(String, u32)> {
        let mut counts = BTreeMap::new();
        for word in text.split_whitespace() {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        counts.into_iter().filter(|(_, count)| *count >= at_least.unwrap_or(0)).collect()
    }

    fn mean(numbers: Vec<f64>) -> Option<f64> {
        let count = numbers.len() as f64;
        (count > 0.0).then(|| numbers.iter().sum::<f64>() / count)
    }

    fn all(notes: Vec<Note>) -> Vec<Note> {
        notes
    }

    fn panic(why: String) {
        panic!("{why}");
    }

    fn spin() {
        loop {
            std::hint::spin_loop();
        }
    }
}
