#include <ntddk.h>

typedef struct _RANGE {
    ULONG First;
    ULONG Last;
    PVOID Owner;
} RANGE;

static VOID Store(RANGE *Where, RANGE Range)
{
    *Where = Range;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    RANGE part, copy, ranges[2];

    part.First = 3; // Last and Owner are never written, and never used
    copy = part;
    Store(&ranges[1], copy);
    RtlCopyMemory(&ranges[0], &ranges[1], sizeof(RANGE));
    return ranges[0].First == 3 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
