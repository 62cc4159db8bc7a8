// read-only: 0xBE
#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING path;

    RtlInitUnicodeString(&path, L"C:\\temp\\file_0.txt");
    for (USHORT i = 0; i < path.Length / sizeof(WCHAR); i++) {
        if (path.Buffer[i] == L'0') {
            path.Buffer[i] = L'1'; // <- here
        }
    }
    DbgPrint("%wZ\n", &path);
    return STATUS_SUCCESS;
}
