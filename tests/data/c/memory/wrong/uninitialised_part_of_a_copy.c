// uninitialised: none
#include <ntddk.h>

typedef struct _RANGE {
    ULONG First;
    ULONG Last;
} RANGE;

static ULONG Length(const RANGE *Range)
{
    return Range->Last - Range->First; // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    RANGE part, copy;

    part.First = 3;
    copy = part; // nothing is wrong yet
    DbgPrint("%lu\n", Length(&copy));
    return STATUS_SUCCESS;
}
