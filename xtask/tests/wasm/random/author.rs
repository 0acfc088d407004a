//! Makes up programs. What the passes care about is common: calls and allocations while pointers are
//! in locals and on the operand stack, and exceptions with something to handle them.

use super::program::{Function, Handler, Identity, Node, Operation, Program, Type};

/// A sequence of numbers that a seed determines (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

const TYPES: [Type; 3] = [Type::Number, Type::Pointer, Type::Pair];

/// The program of `seed`.
pub fn generate(seed: u64) -> Program {
    let mut random = Random::new(seed);
    let mut functions = vec![Function {
        parameters: Vec::new(),
        result: Some(Type::Number),
        locals: Vec::new(),
        body: Vec::new(),
    }];
    for _ in 0..2 + random.below(4) {
        let parameters: Vec<Type> = (0..random.below(4)).map(|_| random.pick(&TYPES)).collect();
        let result = if random.one_in(4) { None } else { Some(random.pick(&TYPES)) };
        functions.push(Function { locals: parameters.clone(), parameters, result, body: vec![] });
    }
    for function in &mut functions {
        for _ in 0..3 + random.below(4) {
            function.locals.push(random.pick(&TYPES));
        }
        // What `catch` and allocations are assigned to.
        function.locals.extend([Type::Number, Type::Pointer]);
    }
    for index in 0..functions.len() {
        let body =
            Author { random: &mut random, functions: &functions, index, labels: vec![] }.function();
        functions[index].body = body;
    }
    Program { functions, fuel: 300 }
}

/// Where the branches to a label go, or what they carry.
#[derive(Clone, Copy)]
enum Label {
    Loop,
    Block(Option<Type>),
}

/// Makes up one function.
struct Author<'r> {
    random: &'r mut Random,
    functions: &'r [Function],
    index: usize,
    /// The labels around, innermost last.
    labels: Vec<Label>,
}

impl Author<'_> {
    fn me(&self) -> &Function {
        &self.functions[self.index]
    }

    fn function(mut self) -> Vec<Node> {
        let result = self.me().result;
        self.labels.push(Label::Block(result));
        let parameters = self.me().parameters.len() as u32;
        let locals: Vec<(u32, Type)> = (0..).zip(self.me().locals.iter().copied()).collect();
        let mut body = Vec::new();
        for (local, ty) in &locals[parameters as usize..] {
            if *ty != Type::Number && !self.random.one_in(3) {
                body.push(Node::Set(*local, self.boxed(*ty, 1)));
            }
        }
        body.extend(self.body(None, 8));
        for (local, ty) in locals {
            if !self.random.one_in(3) {
                continue;
            }
            let local = Box::new(Node::Get(local));
            match ty {
                Type::Number => {}
                Type::Pointer => body.push(Node::Use(local)),
                Type::Pair if self.random.one_in(2) => {
                    body.push(Node::Use(Box::new(Node::Low(local))));
                }
                Type::Pair => body.push(Node::Use(Box::new(Node::High(local)))),
            }
        }
        body.extend(result.map(|ty| self.value(ty, 3)));
        body
    }

    /// Some statements, then a value of type `result`.
    fn body(&mut self, result: Option<Type>, size: usize) -> Vec<Node> {
        let count = 1 + self.random.below(size.max(1));
        let mut nodes: Vec<Node> = (0..count).map(|_| self.statement(size / 2)).collect();
        if let Some(ty) = result {
            nodes.push(self.value(ty, size / 2));
        }
        nodes
    }

    fn inside(&mut self, label: Label, result: Option<Type>, size: usize) -> Vec<Node> {
        self.labels.push(label);
        let body = self.body(result, size);
        self.labels.pop();
        body
    }

    fn local(&mut self, ty: Type) -> Option<u32> {
        let locals = (0..).zip(&self.functions[self.index].locals);
        let fitting: Vec<u32> =
            locals.filter(|(_, other)| **other == ty).map(|(local, _)| local).collect();
        if fitting.is_empty() { None } else { Some(self.random.pick(&fitting)) }
    }

    /// The depth of a label to which a branch carries nothing.
    fn plain_label(&mut self) -> Option<u32> {
        let labels = (0..).zip(self.labels.iter().rev());
        let fitting: Vec<u32> = labels
            .filter(|(_, label)| matches!(label, Label::Loop | Label::Block(None)))
            .map(|(depth, _)| depth)
            .collect();
        if fitting.is_empty() { None } else { Some(self.random.pick(&fitting)) }
    }

    fn statement(&mut self, size: usize) -> Node {
        let simple = size == 0;
        match self.random.below(if simple { 8 } else { 19 }) {
            0 => Node::Log(self.boxed(Type::Number, size)),
            1 | 2 => Node::Use(self.boxed(Type::Pointer, size)),
            3..=5 => {
                let ty = self.random.pick(&TYPES);
                match self.local(ty) {
                    Some(local) => Node::Set(local, self.boxed(ty, size)),
                    None => Node::Drop(self.boxed(ty, size)),
                }
            }
            6 => self.store(size),
            7 => self.jump(size),
            8 | 9 => Node::Block(None, self.inside(Label::Block(None), None, size)),
            10 => {
                let mut body = self.inside(Label::Loop, None, size);
                if !self.random.one_in(3) {
                    body.push(Node::BranchIf(0, Box::new(self.simple_value(Type::Number))));
                }
                Node::Loop(None, body)
            }
            11 => {
                let condition = self.boxed(Type::Number, size / 2);
                let then = self.inside(Label::Block(None), None, size);
                let otherwise = self.inside(Label::Block(None), None, size);
                Node::If(None, condition, then, otherwise)
            }
            12..=14 => self.attempt(None, size),
            15 | 16 => match self.call(None, size) {
                Some(call) => call,
                None => Node::Log(self.boxed(Type::Number, size)),
            },
            17 => {
                let condition = self.boxed(Type::Number, size);
                let throw = Node::Throw(self.boxed(Type::Number, size / 2));
                Node::If(None, condition, vec![throw], vec![])
            }
            _ => {
                let ty = self.random.pick(&TYPES);
                Node::Drop(self.boxed(ty, size))
            }
        }
    }

    fn store(&mut self, size: usize) -> Node {
        let field = self.random.below(2) as u32;
        Node::Store(field, self.boxed(Type::Pointer, size), self.boxed(Type::Pointer, size))
    }

    /// A branch, mostly a conditional one, since what follows another is dead.
    fn jump(&mut self, size: usize) -> Node {
        if !self.random.one_in(5) {
            return match self.plain_label() {
                Some(depth) => Node::BranchIf(depth, self.boxed(Type::Number, size)),
                None => Node::Log(self.boxed(Type::Number, size)),
            };
        }
        match self.random.below(4) {
            0 => Node::Throw(self.boxed(Type::Number, size)),
            1 => {
                let result = self.me().result;
                Node::Return(result.map(|ty| self.boxed(ty, size)))
            }
            2 => match self.plain_label() {
                Some(default) => {
                    let depths =
                        (0..self.random.below(4)).map_while(|_| self.plain_label()).collect();
                    Node::BranchTable(depths, default, self.boxed(Type::Number, size))
                }
                None => Node::Throw(self.boxed(Type::Number, size)),
            },
            _ => {
                let depth = self.random.below(self.labels.len());
                let value = match self.labels[self.labels.len() - 1 - depth] {
                    Label::Block(Some(ty)) => Some(self.boxed(ty, size)),
                    _ => None,
                };
                Node::Branch(depth as u32, value)
            }
        }
    }

    fn attempt(&mut self, ty: Option<Type>, size: usize) -> Node {
        let mut body = self.inside(Label::Block(ty), ty, size);
        let handler = match self.random.below(8) {
            0..=2 => {
                let local = self.local(Type::Number).expect("every function has a number");
                Handler::Catch(local, self.inside(Label::Block(ty), ty, size))
            }
            3 => Handler::CatchAll(self.inside(Label::Block(ty), ty, size)),
            4..=6 => Handler::Delegate(self.random.below(self.labels.len().min(3)) as u32),
            _ => Handler::None,
        };
        // Something to handle.
        if !self.random.one_in(3) {
            let condition = Box::new(self.simple_value(Type::Number));
            let throw = Node::Throw(Box::new(self.simple_value(Type::Number)));
            let at = self.random.below(body.len());
            body.insert(at, Node::If(None, condition, vec![throw], vec![]));
        }
        Node::Try(ty, body, handler)
    }

    /// A call of some function that returns `ty`.
    fn call(&mut self, ty: Option<Type>, size: usize) -> Option<Node> {
        let functions = self.functions;
        let fitting: Vec<usize> =
            (1..functions.len()).filter(|index| functions[*index].result == ty).collect();
        if fitting.is_empty() {
            return None;
        }
        let callee = self.random.pick(&fitting);
        let arguments =
            functions[callee].parameters.iter().map(|ty| self.value(*ty, size / 2)).collect();
        Some(match self.random.one_in(3) {
            true => Node::CallIndirect(callee, arguments),
            false => Node::Call(callee, arguments),
        })
    }

    fn boxed(&mut self, ty: Type, size: usize) -> Box<Node> {
        Box::new(self.value(ty, size))
    }

    fn value(&mut self, ty: Type, size: usize) -> Node {
        if size == 0 || self.random.one_in(4) {
            return self.simple_value(ty);
        }
        let half = size / 2;
        match self.random.below(12) {
            0 => Node::Block(Some(ty), self.inside(Label::Block(Some(ty)), Some(ty), half)),
            1 => {
                let condition = self.boxed(Type::Number, half);
                let then = self.inside(Label::Block(Some(ty)), Some(ty), half);
                let otherwise = self.inside(Label::Block(Some(ty)), Some(ty), half);
                Node::If(Some(ty), condition, then, otherwise)
            }
            2 => self.attempt(Some(ty), half),
            3 => Node::Loop(Some(ty), self.inside(Label::Loop, Some(ty), half)),
            4..=6 => match self.call(Some(ty), size) {
                Some(call) => call,
                None => self.simple_value(ty),
            },
            7 => match self.local(ty) {
                Some(local) => Node::Tee(local, self.boxed(ty, half)),
                None => self.simple_value(ty),
            },
            8 => Node::Select(
                self.boxed(ty, half),
                self.boxed(ty, half),
                self.boxed(Type::Number, half),
            ),
            _ => match ty {
                Type::Number => {
                    use Operation::*;
                    let operation = self.random.pick(&[Add, Sub, Mul, Xor, Less]);
                    let (a, b) = (self.boxed(ty, half), self.boxed(ty, half));
                    Node::Calculate(operation, a, b)
                }
                Type::Pointer => match self.random.below(5) {
                    0 => Node::Load(self.random.below(2) as u32, self.boxed(ty, half)),
                    1 => Node::Low(self.boxed(Type::Pair, half)),
                    2 => Node::High(self.boxed(Type::Pair, half)),
                    3 => {
                        use Identity::*;
                        let identity = self.random.pick(&[Add, Sub, Or, Align]);
                        Node::Same(identity, self.boxed(ty, half))
                    }
                    _ => Node::Allocate,
                },
                Type::Pair => match self.random.below(5) {
                    0 | 1 => Node::LoadPair(self.boxed(Type::Pointer, half)),
                    2 => Node::Swap(self.boxed(ty, half)),
                    _ => {
                        Node::Pack(self.boxed(Type::Pointer, half), self.boxed(Type::Pointer, half))
                    }
                },
            },
        }
    }

    fn simple_value(&mut self, ty: Type) -> Node {
        if !self.random.one_in(3)
            && let Some(local) = self.local(ty)
        {
            return Node::Get(local);
        }
        match ty {
            Type::Number => Node::Number(self.random.below(5) as i32 - 1),
            Type::Pointer if self.random.one_in(6) => Node::Null(ty),
            Type::Pointer => Node::Allocate,
            Type::Pair if self.random.one_in(6) => Node::Null(ty),
            Type::Pair => {
                let (object, null) =
                    (Box::new(Node::Allocate), Box::new(Node::Null(Type::Pointer)));
                if self.random.one_in(2) {
                    Node::Pack(object, null)
                } else {
                    Node::Pack(null, object)
                }
            }
        }
    }
}
