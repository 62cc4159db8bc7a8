// out of bounds: 0x50
#include <ntddk.h>

#define SLOTS 4

static HANDLE Slots[SLOTS];
static ULONG Used;

static VOID Keep(HANDLE Handle)
{
    Slots[Used++] = Handle; // <- here
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    for (ULONG i = 0; i < SLOTS + 1; i++) {
        Keep(NULL);
    }
    return STATUS_SUCCESS;
}
