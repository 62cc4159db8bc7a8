// out of bounds: 0x50
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const WCHAR source[] = L"\\DosDevices\\C:\\Temp";
    UNICODE_STRING name;
    PWSTR copy = ExAllocatePool2(POOL_FLAG_PAGED, sizeof(source) - sizeof(WCHAR), 'emaN');

    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(copy, source, sizeof(source) - sizeof(WCHAR));
    RtlInitUnicodeString(&name, copy); // <- here
    DbgPrint("%wZ\n", &name);
    ExFreePoolWithTag(copy, 'emaN');
    return STATUS_SUCCESS;
}
