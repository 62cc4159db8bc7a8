// out of bounds: 0x19
#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING path;

    path.Length = 0;
    path.MaximumLength = 64 * sizeof(WCHAR);
    path.Buffer = ExAllocatePool2(POOL_FLAG_PAGED, 64, 'htaP'); // bytes, not characters
    if (path.Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlUnicodeStringPrintf(&path, L"\\DosDevices\\C:\\Temp2\\NewFile_%lu.txt", 1000UL); // <- here
    ExFreePoolWithTag(path.Buffer, 'htaP');
    return STATUS_SUCCESS;
}
