// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR digits[] = { '3', '1', '4' };

    for (LONG i = 2; i >= -1; i--) {
        DbgPrint("%c", digits[i]); // <- here
    }
    return STATUS_SUCCESS;
}
