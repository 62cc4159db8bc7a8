// leak: 0xC4
#include <ntddk.h>

typedef struct _ITEM {
    LIST_ENTRY Link;
} ITEM, *PITEM;

static LIST_ENTRY Items;

static VOID DriverUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    while (Items.Flink != Items.Blink) { // so they are where one is left
        ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&Items), ITEM, Link), 'metI');
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DriverObject->DriverUnload = DriverUnload;
    InitializeListHead(&Items);
    for (ULONG i = 0; i < 3; i++) {
        PITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ITEM), 'metI'); // <- here
        if (item != NULL) {
            InsertTailList(&Items, &item->Link);
        }
    }
    return STATUS_SUCCESS;
}
