
struct @RESCLASS@State(Cell<u32>);

impl Guest@RESCLASS@ for @RESCLASS@State {
    fn create() -> Result<@RESCLASS@, Problem> {
        match runtime::has_room_for::<@RESCLASS@State>() {
            true => Ok(@RESCLASS@::new(@RESCLASS@State(Cell::new(0)))),
            false => Err(Problem::NoMemory),
        }
    }

    fn update(&self, data: Vec<u8>) -> Result<(), Problem> {
        if data.is_empty() {
            return Err(Problem::Empty);
        }
        self.0.set(added(self.0.get(), &data));
        Ok(())
    }

    fn value(&self) -> u32 {
        self.0.get()
    }
}
