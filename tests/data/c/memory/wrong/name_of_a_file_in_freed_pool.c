// use after free: 0xD5
#include <ntddk.h>
#include <ntstrsafe.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    NTSTATUS status;

    name.Length = 0;
    name.MaximumLength = 128;
    name.Buffer = ExAllocatePool2(POOL_FLAG_PAGED, 128, 'emaN');
    if (name.Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlUnicodeStringPrintf(&name, L"\\DosDevices\\C:\\Temp\\file_%lu.txt", 1UL);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    ExFreePoolWithTag(name.Buffer, 'emaN');
    status = ZwOpenFile(&file, GENERIC_READ, &attributes, &io, 0, FILE_SYNCHRONOUS_IO_NONALERT); // <- here
    if (NT_SUCCESS(status)) {
        ZwClose(file);
    }
    return STATUS_SUCCESS;
}
