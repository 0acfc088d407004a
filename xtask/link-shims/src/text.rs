//! C text in the repository's style: four spaces, 120 columns, a function's brace on its own line.

/// The column that no line passes, where it can be broken at all.
const WIDTH: usize = 120;

/// C that is being written.
#[derive(Default)]
pub struct Text {
    text: String,
    depth: usize,
    /// The functions in it that other files can call.
    functions: Vec<String>,
}

impl Text {
    /// Text that is to be appended where another one is `depth` steps deep.
    pub fn deep(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// One line at the present depth; an empty one where `line` is empty.
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// An empty line, unless there is one or nothing that it would part.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") && !self.text.ends_with("{\n") {
            self.text.push('\n');
        }
    }

    /// A line that opens a block: `if (x) {`.
    pub fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.depth += 1;
    }

    /// A line that closes a block: `}`.
    pub fn close(&mut self, line: impl AsRef<str>) {
        self.depth -= 1;
        self.line(line);
    }

    /// A call as a statement, broken where it is too long.
    pub fn statement(&mut self, statement: impl AsRef<str>) {
        let statement = statement.as_ref();
        let call = statement.strip_suffix(");").and_then(|rest| rest.split_once('('));
        match call {
            Some((head, arguments)) if 4 * self.depth + statement.len() > WIDTH => {
                let arguments: Vec<_> = arguments.split(", ").map(str::to_owned).collect();
                self.list(head, &arguments, ";");
            }
            _ => self.line(statement),
        }
    }

    /// A statement under a condition, without braces: `if (x)`.
    pub fn under(&mut self, condition: impl AsRef<str>, statement: impl AsRef<str>) {
        self.open(condition);
        self.statement(statement);
        self.outdent();
    }

    /// One step deeper, below a head that was written in another way.
    pub fn indent(&mut self) {
        self.depth += 1;
    }

    /// The end of a block that has no closing line: a `case` that returned.
    pub fn outdent(&mut self) {
        self.depth -= 1;
    }

    /// A line between two halves of a block: `} else {`.
    pub fn divide(&mut self, line: impl AsRef<str>) {
        self.close(line);
        self.depth += 1;
    }

    /// A comment of full lines, broken between words.
    pub fn comment(&mut self, comment: impl AsRef<str>) {
        let indent = 4 * self.depth;
        let mut line = String::from("//");
        for word in comment.as_ref().split_whitespace() {
            if indent + line.len() + 1 + word.len() > WIDTH {
                self.line(&line);
                line = String::from("//");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(line);
    }

    /// `head(items)tail`, broken between items where it is too long: aligned with the first one if that fits, else
    /// one step deeper.
    pub fn list(&mut self, head: &str, items: &[String], tail: &str) {
        let indent = 4 * self.depth;
        let aligned = indent + head.len() + 1;
        let longest = items.iter().map(|item| item.len() + 1).max().unwrap_or(0);
        let deep = aligned + longest + tail.len() > WIDTH;
        let column = if deep { indent + 4 } else { aligned };
        let mut lines = vec![format!("{head}(")];
        if deep {
            lines.push(String::new());
        }
        let mut used = column;
        for (i, item) in items.iter().enumerate() {
            let end = if i + 1 == items.len() { 1 + tail.len() } else { 1 };
            let space = if used == column { 0 } else { 1 };
            if used > column && used + space + item.len() + end > WIDTH {
                lines.push(String::new());
                used = column;
            }
            let line = lines.last_mut().expect("invariant: there is a first line");
            if used > column {
                line.push(' ');
                used += 1;
            }
            line.push_str(item);
            used += item.len();
            if i + 1 < items.len() {
                line.push(',');
                used += 1;
            }
        }
        let last = lines.last_mut().expect("invariant: there is a first line");
        last.push(')');
        last.push_str(tail);
        for (i, line) in lines.iter().enumerate() {
            if i == 0 {
                self.line(line);
            } else {
                self.text.extend(std::iter::repeat_n(' ', column));
                self.text.push_str(line);
                self.text.push('\n');
            }
        }
    }

    /// `head{items}tail`, broken between items where it is too long.
    pub fn list_in_braces(&mut self, head: &str, items: &[String], tail: &str) {
        let indent = 4 * self.depth;
        let mut line = format!("{head}{{");
        let column = indent + line.len();
        for (i, item) in items.iter().enumerate() {
            let last = i + 1 == items.len();
            let end = if last { 1 + tail.len() } else { 1 };
            if indent + line.len() + 1 + item.len() + end > WIDTH && !line.trim_end().ends_with('{')
            {
                let text = std::mem::take(&mut line);
                self.line(text.trim_end());
                line = " ".repeat(column - indent);
            }
            line.push_str(item);
            line.push_str(if last { "" } else { ", " });
        }
        self.line(format!("{line}}}{tail}"));
    }

    /// `head a && (b || c)tail`, one operand a line unless all of it fits into one.
    pub fn conjunction(&mut self, head: &str, operands: &[String], tail: &str) {
        let column = head.len();
        let several = operands.len() > 1;
        let operands: Vec<_> = operands
            .iter()
            .map(|operand| {
                if several && operand.contains(" || ") {
                    format!("({operand})")
                } else {
                    operand.clone()
                }
            })
            .collect();
        let whole = format!("{head}{}{tail}", operands.join(" && "));
        if 4 * self.depth + whole.len() <= WIDTH {
            self.line(whole);
            return;
        }
        for (i, operand) in operands.iter().enumerate() {
            let start = if i == 0 { head.to_owned() } else { " ".repeat(column) };
            let end = if i + 1 == operands.len() { tail } else { " &&" };
            let line = format!("{start}{operand}{end}");
            match line.split_once(" || ") {
                Some((read, otherwise)) if 4 * self.depth + line.len() > WIDTH => {
                    self.line(format!("{read} ||"));
                    let inner = if several { column + 1 } else { column };
                    self.line(format!("{}{otherwise}", " ".repeat(inner)));
                }
                _ => self.line(line),
            }
        }
    }

    /// The beginning of a function definition; ends with [`Text::end`].
    pub fn function(&mut self, returns: &str, name: &str, parameters: &[String]) {
        if !returns.starts_with("static ") {
            self.functions.push(name.to_owned());
        }
        self.line(returns);
        match parameters {
            [] => self.line(format!("{name}(void)")),
            some => self.list(name, some, ""),
        }
        self.open("{");
    }

    /// The end of a function.
    pub fn end(&mut self) {
        self.close("}");
        self.gap();
    }

    /// The functions in it that other files can call.
    pub fn functions(&self) -> &[String] {
        &self.functions
    }

    /// Whether `name` was written anywhere.
    pub fn mentions(&self, name: &str) -> bool {
        self.text.contains(name)
    }

    /// What was written.
    pub fn finish(self) -> String {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// Appends what another text holds.
    pub fn append(&mut self, other: Text) {
        self.text.push_str(&other.text);
        self.functions.extend(other.functions);
    }
}
