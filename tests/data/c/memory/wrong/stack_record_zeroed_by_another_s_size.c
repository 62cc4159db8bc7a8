// out of bounds: 0xF7
#include <ntddk.h>

typedef struct _OLD_REQUEST {
    ULONG Code;
    ULONG Length;
} OLD_REQUEST;

typedef struct _REQUEST {
    ULONG Code;
    ULONG Length;
    ULONGLONG Offset;
} REQUEST;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    OLD_REQUEST request;

    RtlZeroMemory(&request, sizeof(REQUEST)); // <- here
    DbgPrint("%lu\n", request.Code);
    return STATUS_SUCCESS;
}
