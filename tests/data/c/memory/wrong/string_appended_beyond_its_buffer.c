// out of bounds: 0xF7
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WCHAR buffer[16];
    UNICODE_STRING path;

    RtlInitEmptyUnicodeString(&path, buffer, 64 * sizeof(WCHAR));
    RtlAppendUnicodeToString(&path, L"C:\\Temp\\");
    RtlAppendUnicodeToString(&path, L"NewFile_1.txt"); // <- here
    DbgPrint("%wZ\n", &path);
    return STATUS_SUCCESS;
}
