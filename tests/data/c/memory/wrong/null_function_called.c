// null: 0x7E
#include <ntddk.h>

typedef struct _OPERATIONS {
    VOID (*Open)(ULONG Number);
    VOID (*Close)(ULONG Number);
} OPERATIONS;

static VOID Open(ULONG Number)
{
    DbgPrint("open %lu\n", Number);
}

static OPERATIONS Operations = { .Open = Open };

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    Operations.Open(1);
    Operations.Close(1); // <- here
    return STATUS_SUCCESS;
}
