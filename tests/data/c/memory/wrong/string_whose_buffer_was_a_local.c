// dead stack: 0xD5
#include <ntddk.h>
#include <ntstrsafe.h>

static VOID MakeName(PUNICODE_STRING Name, ULONG Number)
{
    WCHAR buffer[64];

    RtlStringCchPrintfW(buffer, 64, L"\\DosDevices\\C:\\Temp\\file_%lu.txt", Number);
    RtlInitUnicodeString(Name, buffer);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io;
    HANDLE file;
    NTSTATUS status;

    MakeName(&name, 1);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    status = ZwOpenFile(&file, GENERIC_READ, &attributes, &io, 0, FILE_SYNCHRONOUS_IO_NONALERT); // <- here
    if (NT_SUCCESS(status)) {
        ZwClose(file);
    }
    return STATUS_SUCCESS;
}
