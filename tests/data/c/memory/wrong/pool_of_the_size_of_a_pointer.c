// out of bounds: 0x19
#include <ntddk.h>

typedef struct _CONTEXT_BLOCK {
    LIST_ENTRY Link;
    ULONG Number;
} CONTEXT_BLOCK, *PCONTEXT_BLOCK;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PCONTEXT_BLOCK block = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(PCONTEXT_BLOCK), 'klBC');

    if (block == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    block->Number = 7; // <- here
    ExFreePoolWithTag(block, 'klBC');
    return STATUS_SUCCESS;
}
