// out of bounds: 0x19
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const WCHAR path[] = L"C:\\Temp2\\NewFile_1.txt";
    SIZE_T length = wcslen(path) * sizeof(WCHAR);
    PWSTR copy = ExAllocatePool2(POOL_FLAG_PAGED, length, 'ypoC');

    if (copy == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(copy, path, length + sizeof(WCHAR)); // <- here
    DbgPrint("%ws\n", copy);
    ExFreePoolWithTag(copy, 'ypoC');
    return STATUS_SUCCESS;
}
