#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WCHAR buffer[20];
    UNICODE_STRING path, folder = RTL_CONSTANT_STRING(L"C:\\Temp\\");
    NTSTATUS status;

    RtlInitEmptyUnicodeString(&path, buffer, sizeof(buffer));
    status = RtlAppendUnicodeStringToString(&path, &folder);
    if (NT_SUCCESS(status)) {
        status = RtlAppendUnicodeToString(&path, L"file.txt");
    }
    if (!NT_SUCCESS(status) || path.Length != 32) {
        return STATUS_UNSUCCESSFUL;
    }
    status = RtlAppendUnicodeToString(&path, L"too long");
    return status == STATUS_BUFFER_TOO_SMALL && buffer[15] == L't' ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
