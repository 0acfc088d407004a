from typing import Final, Protocol, final

class DemoError(Exception):
    @property
    def value(self) -> Fault | str: ...

@final
class Fault(int):
    NO_ENTRY: Final[Fault]
    IO: Final[Fault]
    def __new__(cls, value: int, /) -> Fault: ...

def run(text: str, /) -> int: ...

class Folders(Protocol):
    def make(self, path: str, /) -> object: ...

def answer_folders(answers: Folders | None, /) -> Folders | None: ...
