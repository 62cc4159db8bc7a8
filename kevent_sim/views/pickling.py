"""Drivers, policies and outcomes on their way to other processes; a module of its own, since workers import it too."""

from __future__ import annotations

import io
import pickle
from collections import ChainMap
from types import CodeType
from typing import Any, ClassVar

from kevent_sim.runs import sweeps

try:
    from cloudpickle import CloudPickler
except ImportError:  # it is an extra: without it a sweep over other processes is refused, all else works
    dumps: sweeps.Dumps | None = None
else:

    def _code(code: CodeType) -> Any:
        make, arguments = CloudPickler.dispatch_table[CodeType](code)
        return sweeps.named_code, (make, arguments, code.co_filename)

    class _Pickler(CloudPickler):  # type: ignore[misc]
        """Code keeps the name of the notebook cell that it is from, which cloudpickle from 3.1.3 on would replace."""

        dispatch_table: ClassVar[Any] = ChainMap({CodeType: _code}, CloudPickler.dispatch_table)

    def dumps(thing: Any) -> bytes:
        with io.BytesIO() as file:
            _Pickler(file, protocol=pickle.DEFAULT_PROTOCOL).dump(thing)
            return file.getvalue()
