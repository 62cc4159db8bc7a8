"""Drivers and questions on their way to other processes; a module of its own, since cloudpickle is an extra."""

from __future__ import annotations

import io
import pickle
from collections import ChainMap
from collections.abc import Callable
from types import CodeType
from typing import Any, ClassVar

from cloudpickle import CloudPickler


def named_code(make: Callable[..., CodeType], arguments: tuple[Any, ...], filename: str) -> CodeType:
    """A code object that comes out of a pickle, from the cell or file that it was made in."""
    return make(*arguments).replace(co_filename=filename)


def _code(code: CodeType) -> Any:
    make, arguments = CloudPickler.dispatch_table[CodeType](code)
    return named_code, (make, arguments, code.co_filename)


class _Pickler(CloudPickler):  # type: ignore[misc]
    """Code keeps the name of the notebook cell that it is from, which cloudpickle from 3.1.3 on would replace."""

    dispatch_table: ClassVar[Any] = ChainMap({CodeType: _code}, CloudPickler.dispatch_table)


def dumps(thing: Any) -> bytes:
    with io.BytesIO() as file:
        _Pickler(file, protocol=pickle.DEFAULT_PROTOCOL).dump(thing)
        return file.getvalue()
