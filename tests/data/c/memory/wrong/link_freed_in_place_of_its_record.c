// bad free: 0xC2
#include <ntddk.h>

typedef struct _ITEM {
    ULONG Value;
    LIST_ENTRY Link;
} ITEM, *PITEM;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LIST_ENTRY head;
    PITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ITEM), 'metI');

    if (item == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    InitializeListHead(&head);
    InsertTailList(&head, &item->Link);
    ExFreePoolWithTag(RemoveHeadList(&head), 'metI'); // <- here
    return STATUS_SUCCESS;
}
