#include <ntddk.h>

typedef struct _ITEM {
    ULONG Value;
    LIST_ENTRY Link;
} ITEM, *PITEM;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LIST_ENTRY head;
    ULONG sum = 0;

    InitializeListHead(&head);
    for (ULONG i = 0; i < 4; i++) {
        PITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ITEM), 'metI');
        if (item == NULL) {
            break;
        }
        item->Value = i;
        if (i % 2) {
            InsertHeadList(&head, &item->Link);
        } else {
            InsertTailList(&head, &item->Link);
        }
    }
    for (PLIST_ENTRY entry = head.Flink; entry != &head; entry = entry->Flink) {
        sum = 10 * sum + CONTAINING_RECORD(entry, ITEM, Link)->Value;
    }
    while (!IsListEmpty(&head)) {
        PITEM item = CONTAINING_RECORD(RemoveHeadList(&head), ITEM, Link);
        ExFreePoolWithTag(item, 'metI');
    }
    return sum == 3102 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
