// uninitialised: 0xA
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KEVENT done;

    KeSetEvent(&done, IO_NO_INCREMENT, FALSE); // <- here
    return STATUS_SUCCESS;
}
