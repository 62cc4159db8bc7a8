// use after free: 0xD5
#include <ntddk.h>

typedef struct _ITEM {
    LIST_ENTRY Link;
    ULONG Value;
} ITEM, *PITEM;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LIST_ENTRY head;
    PLIST_ENTRY entry;

    InitializeListHead(&head);
    for (ULONG i = 0; i < 2; i++) {
        PITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ITEM), 'metI');
        if (item != NULL) {
            item->Value = i;
            InsertTailList(&head, &item->Link);
        }
    }
    entry = head.Flink;
    while (entry != &head) {
        ExFreePoolWithTag(CONTAINING_RECORD(entry, ITEM, Link), 'metI');
        entry = entry->Flink; // <- here
    }
    return STATUS_SUCCESS;
}
