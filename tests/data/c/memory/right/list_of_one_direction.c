#include <ntddk.h>

typedef struct _NODE {
    struct _NODE *Next;
    ULONG Key;
} NODE, *PNODE;

static VOID Remove(PNODE *Where, ULONG Key)
{
    while (*Where != NULL) {
        PNODE node = *Where;
        if (node->Key == Key) {
            *Where = node->Next;
            ExFreePool(node);
        } else {
            Where = &node->Next;
        }
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PNODE first = NULL;
    ULONG left = 0;

    for (ULONG i = 0; i < 4; i++) {
        PNODE node = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*node), 'edoN');
        if (node != NULL) {
            node->Key = i % 3;
            node->Next = first;
            first = node;
        }
    }
    Remove(&first, 0);
    for (PNODE node = first; node != NULL; node = node->Next) {
        left += node->Key;
    }
    Remove(&first, 1);
    Remove(&first, 2);
    return first == NULL && left == 3 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
