"""What is said of a name that means nothing where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kevent_sim.c.errors import nearest
from kevent_sim.c.headers.library import EVERYTHING, home

CPP = frozenset(
    {
        "class", "template", "namespace", "using", "public", "private", "protected", "new", "delete", "virtual", "try",
        "catch", "throw", "operator", "this", "nullptr", "static_cast", "reinterpret_cast", "const_cast",
        "dynamic_cast", "friend", "explicit", "typename", "mutable", "constexpr", "decltype", "override", "noexcept",
        "std",
    }
)  # fmt: skip
_BY_ITSELF = ("ntifs.h", "ntddk.h", "ntstrsafe.h", "ntintsafe.h", "stdint.h", "stdbool.h", "stdio.h", "limits.h")


def unknown(name: str, known: Iterable[str], otherwise: str) -> str:
    """Where a name is declared, what it may mean, or whose it is; with `otherwise` where nothing is known of it.

    `known`: the names that mean something there.

    >>> print(unknown("ZwCreateEvent", [], "is not declared"))
    ZwCreateEvent is declared in ntifs.h; type  #include <ntifs.h>
    >>> print(unknown("KeSetEvnt", [], "is not declared"))
    KeSetEvnt is not declared; did you mean KeSetEvent?
    >>> print(unknown("WdfDeviceCreate", [], "is not declared"))
    not simulated: KMDF, to which WdfDeviceCreate belongs; write a WDM driver, with #include <ntifs.h>
    """
    macro = EVERYTHING.get(name)
    if macro is not None and macro.parameters is not None:
        return f"{name} is a macro with parameters; type  {name}({', '.join(macro.parameters)})"
    if where := home(name):
        include = where if where in _BY_ITSELF else "ntifs.h"
        return f"{name} is declared in {where}; type  #include <{include}>"
    if re.fullmatch(r"(P?WDF|Wdf)\w+", name):
        return f"not simulated: KMDF, to which {name} belongs; write a WDM driver, with #include <ntifs.h>"
    if name in CPP:
        return f"not simulated: C++, to which {name} belongs; write it in C"
    near = nearest(name, known) or nearest(name, (each for header in EVERYTHING.headers for each in header.declares))
    return f"{name} {otherwise}" + (f"; did you mean {near}?" if near else "")
