"""The routines' docstrings as what they are, manual pages: of which functions, and in which sections."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

from kevent_sim import ntifs, routines

# Also those that only Windows calls here, and so are not in ntifs.
ROUTINES = {
    name: value
    for module in iter_modules(routines.__path__)
    for name, value in vars(import_module(f"kevent_sim.routines.{module.name}")).items()
    if hasattr(value, "routine") and value.routine.name == name
}
PLAIN = {
    name: getattr(ntifs, name)
    for name in (
        "DbgPrint",
        "DbgPrintEx",
        "InitializeObjectAttributes",
        "KdPrint",
        "NT_SUCCESS",
        "NtCurrentProcess",
        "RtlConvertLongToLargeInteger",
        "RtlConvertUlongToLargeInteger",
        "RtlInitUnicodeString",
    )
}
FUNCTIONS = {**ROUTINES, **PLAIN}
SECTIONS = ["Parameters:", "Returns ", "Bug checks:", "IRQL:", "Source: WDK, "]


def manual(name) -> str:
    return inspect.getdoc(FUNCTIONS[name])


def sections(text) -> dict[str, str]:
    """Section -> its text in one line, in the order in which they stand; the doctest is none of them."""
    found, heading = {}, "Summary"
    for line in text.partition("\n>>> ")[0].splitlines():
        begun = next((section for section in SECTIONS if line.startswith(section)), None)
        assert begun not in found, f"{begun} twice"
        heading = begun or heading
        found[heading] = f"{found.get(heading, '')} {line.removeprefix(heading) if begun else line}".strip()
    return found
