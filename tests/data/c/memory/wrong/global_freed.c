// bad free: 0xC2
#include <ntddk.h>

static ULONG Default[4] = { 1, 2, 3, 4 };
static PULONG Values = Default;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("%lu\n", Values[2]);
    ExFreePool(Values); // <- here
    return STATUS_SUCCESS;
}
