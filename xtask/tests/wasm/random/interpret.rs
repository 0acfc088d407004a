//! What a program means, said a second time without WebAssembly: a direct interpreter. Objects are
//! never collected here.

use super::program::{Function, Handler, Node, Operation, Program, Type};
use super::{HEAP, OBJECT, Observed};

/// Runs `program`, on a stack that is large enough for its recursion.
pub fn interpret(program: &Program) -> Observed {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        let running = thread.spawn_scoped(scope, || run(program)).expect("a thread can be started");
        running.join().expect("the interpreter does not panic")
    })
}

fn run(program: &Program) -> Observed {
    let mut machine =
        Machine { program, fuel: program.fuel, fields: vec![[0; 2]], trace: Vec::new() };
    let result = match machine.call(0, Vec::new()) {
        Ok(value) => Some(value.expect("function 0 returns a number") as i32),
        Err(_) => None,
    };
    Observed { result, trace: machine.trace }
}

/// All values are kept as 64 bits.
type Value = i64;

/// An exception on its way.
struct Thrown(i32);

/// Why the next node is not executed.
enum Exit {
    Branch(u32, Option<Value>),
    Return(Option<Value>),
    Throw(i32),
    /// An exception that is delegated: it goes to that label before it looks for a handler.
    ThrowAt(u32, i32),
}

type Outcome = Result<Option<Value>, Exit>;

struct Machine<'p> {
    program: &'p Program,
    fuel: i32,
    /// The fields of each object; the first is what null points to.
    fields: Vec<[i32; 2]>,
    trace: Vec<i32>,
}

impl Machine<'_> {
    fn call(&mut self, index: usize, mut locals: Vec<Value>) -> Result<Option<Value>, Thrown> {
        let function = &self.program.functions[index];
        locals.resize(function.locals.len(), 0);
        let mut frame = Frame { function, locals };
        if self.out_of_fuel() {
            return Ok(function.result.map(|_| 0));
        }
        match self.list(&mut frame, &function.body) {
            Ok(value) | Err(Exit::Return(value) | Exit::Branch(_, value)) => Ok(value),
            Err(Exit::Throw(payload) | Exit::ThrowAt(_, payload)) => Err(Thrown(payload)),
        }
    }

    fn out_of_fuel(&mut self) -> bool {
        self.fuel -= 1;
        self.fuel < 0
    }

    fn list(&mut self, frame: &mut Frame, nodes: &[Node]) -> Outcome {
        let mut value = None;
        for node in nodes {
            value = self.run(frame, node)?;
        }
        Ok(value)
    }

    /// Runs `nodes` as the inside of a block.
    fn block(&mut self, frame: &mut Frame, nodes: &[Node]) -> Outcome {
        match self.list(frame, nodes) {
            Err(Exit::Branch(0, value)) => Ok(value),
            outcome => leave(outcome),
        }
    }

    fn value(&mut self, frame: &mut Frame, node: &Node) -> Result<Value, Exit> {
        Ok(self.run(frame, node)?.expect("the generator asks for values where there are some"))
    }

    fn field(&mut self, object: Value, field: u32) -> &mut i32 {
        let index = if object == 0 { 0 } else { (object as u32 - HEAP) / OBJECT };
        &mut self.fields[index as usize][field as usize]
    }

    fn run(&mut self, frame: &mut Frame, node: &Node) -> Outcome {
        Ok(Some(match node {
            Node::Number(number) => Value::from(*number),
            Node::Null(_) => 0,
            Node::Get(local) => frame.locals[*local as usize],
            Node::Set(local, node) => {
                frame.locals[*local as usize] = self.value(frame, node)?;
                return Ok(None);
            }
            Node::Tee(local, node) => {
                let value = self.value(frame, node)?;
                frame.locals[*local as usize] = value;
                value
            }
            Node::Drop(node) => {
                self.value(frame, node)?;
                return Ok(None);
            }
            Node::Calculate(operation, a, b) => {
                let (a, b) = (self.value(frame, a)? as i32, self.value(frame, b)? as i32);
                Value::from(match operation {
                    Operation::Add => a.wrapping_add(b),
                    Operation::Sub => a.wrapping_sub(b),
                    Operation::Mul => a.wrapping_mul(b),
                    Operation::Xor => a ^ b,
                    Operation::Less => i32::from(a < b),
                })
            }
            Node::Select(a, b, condition) => {
                let (a, b) = (self.value(frame, a)?, self.value(frame, b)?);
                if self.value(frame, condition)? as i32 != 0 { a } else { b }
            }
            Node::Allocate => {
                self.fields.push([0; 2]);
                let index = self.fields.len() as u32 - 1;
                Value::from(HEAP + index * OBJECT)
            }
            Node::Load(field, object) => {
                let object = self.value(frame, object)?;
                Value::from(*self.field(object, *field))
            }
            Node::LoadPair(object) => {
                let object = self.value(frame, object)?;
                pack(*self.field(object, 0), *self.field(object, 1))
            }
            Node::Store(field, object, value) => {
                let (object, value) = (self.value(frame, object)?, self.value(frame, value)?);
                *self.field(object, *field) = value as i32;
                return Ok(None);
            }
            Node::Pack(low, high) => {
                let (low, high) = (self.value(frame, low)?, self.value(frame, high)?);
                pack(low as i32, high as i32)
            }
            Node::Same(_, object) => self.value(frame, object)?,
            Node::Swap(pair) => self.value(frame, pair)?.rotate_left(32),
            Node::Low(pair) => Value::from(self.value(frame, pair)? as i32),
            Node::High(pair) => self.value(frame, pair)? >> 32,
            Node::Use(node) | Node::Log(node) => {
                let value = self.value(frame, node)? as i32;
                self.trace.push(value);
                return Ok(None);
            }
            Node::Call(callee, nodes) | Node::CallIndirect(callee, nodes) => {
                let mut arguments = Vec::new();
                for node in nodes {
                    arguments.push(self.value(frame, node)?);
                }
                return self.call(*callee, arguments).map_err(|thrown| Exit::Throw(thrown.0));
            }
            Node::Block(_, nodes) => return self.block(frame, nodes),
            Node::Loop(_, nodes) => loop {
                if self.out_of_fuel() {
                    return Err(Exit::Return(frame.function.result.map(|_| 0)));
                }
                match self.list(frame, nodes) {
                    Err(Exit::Branch(0, _)) => {}
                    outcome => return leave(outcome),
                }
            },
            Node::If(_, condition, then, otherwise) => {
                let condition = self.value(frame, condition)? as i32 != 0;
                return self.block(frame, if condition { then } else { otherwise });
            }
            Node::Try(_, nodes, handler) => {
                let payload = match self.list(frame, nodes) {
                    Err(Exit::Branch(0, value)) => return Ok(value),
                    Err(Exit::Throw(payload) | Exit::ThrowAt(0, payload)) => payload,
                    outcome => return leave(outcome),
                };
                match handler {
                    Handler::Catch(local, nodes) => {
                        frame.locals[*local as usize] = Value::from(payload);
                        return self.block(frame, nodes);
                    }
                    Handler::CatchAll(nodes) => return self.block(frame, nodes),
                    Handler::Delegate(depth) => return Err(Exit::ThrowAt(*depth, payload)),
                    Handler::None => return Err(Exit::Throw(payload)),
                }
            }
            Node::Throw(node) => {
                let payload = self.value(frame, node)? as i32;
                return Err(Exit::Throw(payload));
            }
            Node::Branch(depth, node) => {
                let value = match node {
                    Some(node) => Some(self.value(frame, node)?),
                    None => None,
                };
                return Err(Exit::Branch(*depth, value));
            }
            Node::BranchIf(depth, condition) => {
                return match self.value(frame, condition)? as i32 {
                    0 => Ok(None),
                    _ => Err(Exit::Branch(*depth, None)),
                };
            }
            Node::BranchTable(depths, default, index) => {
                let index = self.value(frame, index)? as i32 as u32 as usize;
                return Err(Exit::Branch(*depths.get(index).unwrap_or(default), None));
            }
            Node::Return(node) => {
                let value = match node {
                    Some(node) => Some(self.value(frame, node)?),
                    None => None,
                };
                return Err(Exit::Return(value));
            }
        }))
    }
}

/// What an outcome inside of a block is outside of it, where it is not for this block.
fn leave(outcome: Outcome) -> Outcome {
    outcome.map_err(|exit| match exit {
        Exit::Branch(depth, value) => Exit::Branch(depth - 1, value),
        Exit::ThrowAt(0, payload) => Exit::Throw(payload),
        Exit::ThrowAt(depth, payload) => Exit::ThrowAt(depth - 1, payload),
        other => other,
    })
}

fn pack(low: i32, high: i32) -> Value {
    Value::from(low as u32) | Value::from(high) << 32
}

struct Frame<'p> {
    function: &'p Function,
    locals: Vec<Value>,
}

/// Numbers and pointers are 32 bits wide.
pub fn is_wide(ty: Type) -> bool {
    ty == Type::Pair
}
