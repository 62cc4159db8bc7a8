#include <ntddk.h>

typedef struct _TABLE {
    USHORT Count;
    ULONG Values[ANYSIZE_ARRAY];
} TABLE, *PTABLE;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    const USHORT count = 5;
    ULONG sum = 0;
    PTABLE table = ExAllocatePool2(POOL_FLAG_NON_PAGED, FIELD_OFFSET(TABLE, Values) + count * sizeof(ULONG), 'lbaT');

    if (table == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    table->Count = count;
    for (USHORT i = 0; i < table->Count; i++) {
        table->Values[i] = i;
    }
    for (USHORT i = 0; i < table->Count; i++) {
        sum += table->Values[i];
    }
    ExFreePoolWithTag(table, 'lbaT');
    return sum == 10 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
