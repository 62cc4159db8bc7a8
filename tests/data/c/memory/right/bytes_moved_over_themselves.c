#include <ntddk.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CHAR text[12] = "abcdef";

    RtlMoveMemory(text + 2, text, 7);
    if (!RtlEqualMemory(text, "ababcdef", 9)) {
        return STATUS_UNSUCCESSFUL;
    }
    RtlMoveMemory(text, text + 4, 5);
    return RtlEqualMemory(text, "cdef", 5) && text[6] == 'e' ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
