#include <ntddk.h>

typedef struct _ITEM {
    LIST_ENTRY Link;
    USHORT Size;
    UCHAR Data[1];
} ITEM, *PITEM;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LIST_ENTRY head;
    PLIST_ENTRY entry, next;

    InitializeListHead(&head);
    for (USHORT i = 1; i < 4; i++) {
        PITEM item = ExAllocatePoolWithTag(NonPagedPoolNx, FIELD_OFFSET(ITEM, Data) + i, 'metI');
        if (item != NULL) {
            item->Size = i;
            RtlFillMemory(item->Data, i, 0xAA);
            InsertTailList(&head, &item->Link);
        }
    }
    for (entry = head.Flink; entry != &head; entry = next) {
        PITEM item = CONTAINING_RECORD(entry, ITEM, Link);
        next = entry->Flink;
        if (item->Data[item->Size - 1] != 0xAA) {
            return STATUS_UNSUCCESSFUL;
        }
        RemoveEntryList(entry);
        ExFreePoolWithTag(item, 'metI');
    }
    return IsListEmpty(&head) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
