// dead stack: 0xD5
#include <ntddk.h>

static PULONG Sum(ULONG First, ULONG Second)
{
    ULONG sum = First + Second;
    PULONG result = &sum;

    return result;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PULONG sum = Sum(3, 4);

    DbgPrint("%lu\n", *sum); // <- here
    return STATUS_SUCCESS;
}
