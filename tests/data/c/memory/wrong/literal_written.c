// read-only: 0xBE
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PCHAR letter = (PCHAR)"C:\\Temp\\file.txt";

    letter[0] = 'D'; // <- here
    DbgPrint("%s\n", letter);
    return STATUS_SUCCESS;
}
