// null: 0x7E
#include <ntddk.h>

typedef struct _NODE {
    ULONG Key;
    ULONG Value;
    struct _NODE *Next;
} NODE, *PNODE;

static PNODE First;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PNODE node = First;

    while (node->Key != 3) { // <- here
        node = node->Next;
    }
    DbgPrint("%lu\n", node->Value);
    return STATUS_SUCCESS;
}
