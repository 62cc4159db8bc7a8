// uninitialised: none
#include <ntddk.h>

typedef struct _NODE {
    struct _NODE *Next;
    ULONG Value;
} NODE, *PNODE;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG sum = 0;
    PNODE node, first = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(NODE), 'edoN');

    if (first == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    first->Value = 1; // and not Next
    node = first;
    do {
        sum += node->Value;
    } while ((node = node->Next) != NULL); // <- here
    DbgPrint("%lu\n", sum);
    ExFreePoolWithTag(first, 'edoN');
    return STATUS_SUCCESS;
}
