#include <ntddk.h>

typedef struct _REQUEST {
    ULONG Code;
    ULONG Length;
} REQUEST, *PREQUEST;

typedef struct _ANSWER {
    ULONGLONG Value;
} ANSWER, *PANSWER;

static VOID Fill(PVOID Buffer)
{
    ((PREQUEST)Buffer)->Code = 1;
    ((PREQUEST)Buffer)->Length = 2;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONGLONG value;
    PVOID buffer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(REQUEST), 'ffuB');

    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Fill(buffer);
    value = ((PANSWER)buffer)->Value;
    ((PANSWER)buffer)->Value = value + 1;
    value = ((PREQUEST)buffer)->Code;
    ExFreePoolWithTag(buffer, 'ffuB');
    return value == 2 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
