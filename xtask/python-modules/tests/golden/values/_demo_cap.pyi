from _typeshed import structseq
from collections.abc import Buffer, Iterable
from typing import Any, Final, final

@final
class Point(structseq[Any], tuple[int, int]):
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...

@final
class Mode:
    READ: Final = 0x1
    WRITE_BACK: Final = 0x2

@final
class Shape(structseq[Any], tuple[list[Point], str | None, bytes, tuple[int, str], int]):
    @property
    def points(self) -> list[Point]: ...
    @property
    def label(self) -> str | None: ...
    @property
    def data(self) -> bytes: ...
    @property
    def pair(self) -> tuple[int, str]: ...
    @property
    def mode(self) -> int: ...

@final
class Names(structseq[Any], tuple[int, str, int, bool]):
    @property
    def count(self) -> int: ...  # type: ignore[override]
    @property
    def index(self) -> str: ...  # type: ignore[override]
    @property
    def n_fields_(self) -> int: ...
    @property
    def class_(self) -> bool: ...

def rename(names: tuple[int, str, int, bool], /) -> Names: ...
def move(point: tuple[int, int], by: tuple[int, int]) -> Point: ...
def largest(shapes: Iterable[tuple[Iterable[tuple[int, int]], str | None, Buffer, tuple[int, str], int]], /) -> Shape | None: ...
def count(words: Iterable[str], numbers: Iterable[int], mode: int) -> tuple[int, list[float]]: ...
